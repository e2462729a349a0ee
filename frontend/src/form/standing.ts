// Whose data the persons at the kiosk are in a declaration: who stands here is the requester of one
// form, the declarant and the person who moves in another, the bride or the groom in a third.
import { datumOfPerson, fillings, type Datum, type Filling } from './card'
import { isEmpty, type Answers, type Form } from './model'
import type { Person } from '../api/kiosk'

/** In this order: the first one a form asks for is normally the one in whose name it is filed. */
const usual = ['requester', 'subject', 'declarant', 'owner', 'applicant', 'beneficiary', 'head']

export interface Roles {
  /** of the person in whose name the dossier is */
  applicant: string[]
  /** of the one who brings it for somebody else */
  submitter: string[]
}

/** rolesOf tells the roles of a form. self: one person is both. */
export function rolesOf(form: Form, self: boolean, sex?: string): Roles {
  const asked = new Set(form.sections.flatMap((s) => s.fields).flatMap((f) => [f, ...(f.items ?? [])]).map((f) => f.from_card?.person))
  if (asked.has('bride') && asked.has('groom')) {
    return { applicant: sex === 'female' ? ['bride'] : sex === 'male' ? ['groom'] : [], submitter: [] }
  }
  if (asked.has('declarant') && asked.has('subject')) {
    return self ? { applicant: ['declarant', 'subject'], submitter: [] } : { applicant: ['subject'], submitter: ['declarant'] }
  }
  const first = usual.find((role) => asked.has(role))
  return { applicant: first ? [first] : [], submitter: [] }
}

/** where a phone number said once is asked for again */
const phoneOf: Record<string, string> = { subject: 'phone', owner: 'owner_phone', beneficiary: 'b_phone', head: 'a_phone', requester: 'requester_phone' }

export interface Standing {
  applicant: Person
  /** what the card of the applicant said, if one was read */
  card?: Datum
  submitter?: Person | null
}

/** told are the answers the persons at the kiosk give by being who they are. What is answered already stays. */
export function told(form: Form, who: Standing, answers: Answers): Filling[] {
  const roles = rolesOf(form, !who.submitter, who.card?.sex ?? who.applicant.sex)
  const datum = who.card ?? datumOfPerson(who.applicant)
  const evidence = who.card ? 'qr' : 'typed'
  const submitter = who.submitter
  return [
    ...roles.applicant.flatMap((role) => fillings(form, role, datum, answers, evidence)),
    ...(submitter ? roles.submitter.flatMap((role) => fillings(form, role, datumOfPerson(submitter), answers, submitter.evidence === 'qr' ? 'qr' : 'typed')) : []),
    ...phones(form, who.applicant.phone, roles.applicant, answers),
  ]
}

function phones(form: Form, phone: string | undefined, roles: string[], answers: Answers): Filling[] {
  if (!phone) return []
  const named = new Set(['contact_phone', ...roles.map((role) => phoneOf[role])])
  return form.sections
    .flatMap((s) => s.fields)
    .filter((f) => f.type === 'phone' && named.has(f.id) && isEmpty(answers[f.id]))
    .map((f) => ({ field: f.id, value: phone, evidence: 'prefilled' })) // said a moment ago: shown, not asked again
}

/** asksWhoDeclares is the question that must be seen when somebody declares for another; its usual answer is "myself". */
export function asksWhoDeclares(form: Form): string | undefined {
  return form.sections.flatMap((s) => s.fields).find((f) => f.id === 'declarant_is')?.id
}
