// @vitest-environment node
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { messages, type MessageKey } from '../../text/messages'
import { privacyLines } from '../parts/PrivacyNotice'
import { consentVersion } from './Consent'

// What somebody agrees to: when a word of it changes, consentVersion and kiosk.ConsentVersion must change
// with it, and the digest of the new version is noted here. Old ones stay: dossiers name them.
const agreedTo: MessageKey[] = ['k.consent.declare', 'k.consent.true', 'k.consent.data', 'k.consent.once', 'k.consent.agree', 'k.f.agree', 'k.call.agree', ...privacyLines]
const versions: Record<string, string> = {
  c1: '48f5936254d12c88ffcd6f63333eaac5b772bf370b8ac8c94f7d0550053369b9',
}

it('each version of the consent has its words', () => {
  const words = agreedTo.map((key) => `${key}\n${messages[key].vi}\n${messages[key].en}\n`).join('')
  expect(createHash('sha256').update(words).digest('hex')).toBe(versions[consentVersion])
})
