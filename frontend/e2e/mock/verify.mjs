// What the stand-in desk says of slips and of prints: one code for every verdict.
const at = Date.UTC(2026, 10, 22, 1, 33)
const listed = Date.UTC(2026, 10, 20)

/** code is what a scanner reads from the stand-in's slip of a verdict. */
export const code = (name) => `https://dichvucong.example/t/${`AQ${name}`.padEnd(156, '_')}`

const signed = (name, over = {}) => ({
  code: 'genuine', signed: true, slip: '66001-4827-19303', procedure: { code: '1.001193', name: name('1.001193').short },
  at, office: 'Ủy ban nhân dân xã Giao Long', own: true, book: 'fits', list_at: listed, ...over,
})

const verdicts = (name) => ({
  genuine: signed(name),
  neighbour: signed(name, { own: false, book: 'absent', office: 'Ủy ban nhân dân xã Láng Giềng' }),
  future: signed(name, { when: 'future', clock_doubt: true }),
  differs: signed(name, { book: 'differs' }),
  withdrawn: signed(name, { code: 'withdrawn', own: false, book: 'absent', status: 'revoked' }),
  altered: { code: 'altered', signed: false, list_at: listed },
  unchecked: { code: 'unchecked', signed: false, slip: '66001-4827-19303' },
  practice: { code: 'practice', signed: false },
  damaged: { code: 'damaged', signed: false },
})

export function judge(name, raw) {
  const said = /\/t\/AQ([a-z]+)_/.exec(raw)?.[1] ?? /^AQ([a-z]+)_/.exec(raw)?.[1]
  if ((raw.match(/\|/g) ?? []).length >= 5) return { code: 'not_a_slip', other: 'card', signed: false }
  return verdicts(name)[said] ?? { code: 'not_a_slip', other: 'other', signed: false }
}

/** verifyRoutes answer as the desk does; state.camera is what its reader sees, state.printing how a print ends. */
export function verifyRoutes(name, state) {
  state.camera = { code: 'none', signed: false }
  state.printing = 'printed'
  state.prints = [
    { print: 2, kind: 'slip', subject: '66001-1182-40355', copy: 2, state: 'unknown', told_by: 'desk', at: at + 3600000 },
    { print: 1, kind: 'slip', subject: '66001-1182-40355', copy: 1, state: 'failed', told_by: 'system', detail: 'aborted-by-system', at },
  ]
  const job = (n) => state.prints.find((p) => p.print === Number(n))
  return {
    'POST /api/slips/verify': ({ body }) => judge(name, body.code),
    'PUT /api/slips/verify/picture': ({ headers }) => {
      if (!headers['content-digest']) throw new Error('a picture came without its digest')
      state.looked = (state.looked ?? 0) + 1
      return state.camera
    },
    'GET /api/prints': () => state.prints,
    'GET /api/prints/{n}': ({ params }) => Object.assign(job(params.n), { state: state.printing, told_by: 'system' }),
    'POST /api/prints/{n}/seen': ({ params, body }) => {
      state.calls.push(`seen ${body.out}`)
      return Object.assign(job(params.n), { state: body.out ? 'printed' : 'failed', told_by: 'person' })
    },
  }
}

/** beginPrint is how any paper of the stand-in gets to its printer. */
export function beginPrint(state, kind, subject) {
  const made = { print: state.prints.length + 1, job: `desk-${state.prints.length + 1}`, kind, subject, copy: state.prints.filter((p) => p.subject === subject && p.kind === kind).length + 1, state: 'accepted', told_by: 'system', at }
  state.prints.unshift(made)
  return { ...made }
}
