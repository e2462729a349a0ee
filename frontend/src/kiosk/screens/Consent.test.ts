// @vitest-environment node
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { messages, type MessageKey } from '../../text/messages'
import { privacyLines } from '../parts/PrivacyNotice'
import { consentVersion } from './Consent'

// What somebody agrees to: when a word of it changes, consentVersion and kiosk.ConsentVersion must change
// with it, and the digest of the new version is noted here. Old ones stay: dossiers name them.
const agreedTo: MessageKey[] = ['k.consent.declare', 'k.consent.true', 'k.consent.data', 'k.consent.once', 'k.consent.agree', 'k.f.agree', 'k.call.agree', 'k.helper.agree.helper', 'k.helper.agree.person', ...privacyLines]
const versions: Record<string, string> = {
  c1: 'aee81c609fe0a242a14b4e6c7264cc2b30e1a6b642ffe3db2599f6b6de599231',
}

it('each version of the consent has its words', () => {
  const words = agreedTo.map((key) => `${key}\n${messages[key].vi}\n${messages[key].en}\n`).join('')
  expect(createHash('sha256').update(words).digest('hex')).toBe(versions[consentVersion])
})
