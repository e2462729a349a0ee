import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Router } from 'wouter'
import { desk, type Draft, type Procedure } from '../../api/kiosk'
import type { Form } from '../../form/model'
import { LanguageProvider } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { useTrail } from '../trail'
import { VisitProvider } from '../visit'
import { consentVersion } from './Consent'
import { Who } from './Who'

const draft: Draft = { id: 'd1', procedure: '1.001193', kind: 'filing', answers: {}, components: [], visible: [] }
const saveHelper = vi.spyOn(desk, 'saveHelper')
const saveSubmitter = vi.spyOn(desk, 'saveSubmitter')

function show(extra: Partial<Draft> = {}) {
  const queries = new QueryClient()
  queries.setQueryDefaults(['public'], { staleTime: Infinity })
  queries.setQueryDefaults(['draft'], { staleTime: Infinity })
  queries.setQueryData(['draft', 'd1'], { ...draft, ...extra })
  queries.setQueryData(['public', 'procedure', '1.001193', undefined], { code: '1.001193', short: { vi: 'Khai sinh', en: 'Birth' } } as unknown as Procedure)
  queries.setQueryData(['public', 'form', '1.001193', undefined], { sections: [] } as unknown as Form)
  queries.setQueryData(['public', 'status'], { office: {} })
  render(
    <QueryClientProvider client={queries}>
      <LanguageProvider initial="vi"><ComfortProvider><VisitProvider renew={() => Promise.resolve(false)}><Router hook={useTrail}><Who id="d1" /></Router></VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )
}

const next = () => userEvent.click(screen.getByRole('button', { name: 'Tiếp tục' }))

beforeEach(() => {
  saveHelper.mockReset().mockResolvedValue({ saved: true, problems: [] })
  saveSubmitter.mockReset().mockResolvedValue({ saved: true, problems: [] })
})

it('a helper is stored only when both have agreed, each for himself', async () => {
  show()
  await userEvent.click(screen.getByRole('button', { name: 'Có người bấm giúp' }))
  await userEvent.type(screen.getByRole('textbox'), 'Trần Văn Giúp')
  await next()
  await next()
  await next()
  expect(screen.getByText('Xin mỗi người chạm vào ô của mình.')).toBeVisible()
  await userEvent.click(screen.getByRole('checkbox', { name: /Tôi là người có hồ sơ/ }))
  await next()
  expect(saveHelper).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('checkbox', { name: /Tôi là người giúp/ }))
  await next()
  expect(saveHelper).toHaveBeenCalledWith('d1', { person: { full_name: 'Trần Văn Giúp', phone: '', evidence: 'typed' }, consent: { version: consentVersion } })
  await waitFor(() => expect(screen.getByText('Người bấm giúp: Trần Văn Giúp')).toBeVisible())
  await userEvent.click(screen.getByRole('button', { name: 'Bỏ người giúp' }))
  await waitFor(() => expect(saveHelper).toHaveBeenLastCalledWith('d1', null))
  await waitFor(() => expect(screen.queryByText(/Trần Văn Giúp/)).toBeNull())
})

it('who brings it for another says what he is to that person', async () => {
  show({ submitter: { full_name: 'Trần Văn Thay', evidence: 'typed' } })
  await next()
  await userEvent.click(screen.getByRole('button', { name: /Đúng rồi/ }))
  await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('là gì của người đứng tên'))
  expect(screen.getByRole('button', { name: 'Tiếp tục' })).toBeDisabled()
  await userEvent.click(screen.getByRole('radio', { name: /Người được ủy quyền/ }))
  await next()
  await waitFor(() => expect(saveSubmitter).toHaveBeenLastCalledWith('d1', { full_name: 'Trần Văn Thay', evidence: 'typed', relation: 'authorised' }))
})
