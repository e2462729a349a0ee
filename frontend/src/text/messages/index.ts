import { calls } from './calls'
import { card } from './card'
import { catalogue } from './catalogue'
import { common } from './common'
import { desk } from './desk'
import { desksteps } from './desksteps'
import { deskwork } from './deskwork'
import { feedback } from './feedback'
import { kiosk } from './kiosk'
import { languages } from './languages'
import { portal } from './portal'
import { queue } from './queue'
import { verify } from './verify'

/** One message in every language of the screens. A language added here must be added everywhere. */
export interface Message {
  vi: string
  en: string
}

const all = { ...common, ...kiosk, ...calls, ...card, ...catalogue, ...desk, ...desksteps, ...deskwork, ...feedback, ...languages, ...portal, ...queue, ...verify } satisfies Record<string, Message>

export type MessageKey = keyof typeof all

export const messages: Record<MessageKey, Message> = all
