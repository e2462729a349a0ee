// The draft being filled. Every answer is sent when it is given and is durable
// when the server answers; the cache then follows, so going back shows it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { desk, type Draft, type Evidence, type Person, type Saved } from '../api/kiosk'
import type { Filling } from '../form/card'
import type { Value } from '../form/model'

const draftKey = (id: string) => ['draft', id]

export function useDraft(id: string) {
  return useQuery({ queryKey: draftKey(id), queryFn: () => desk.draft(id), staleTime: Infinity })
}

/** useFormOf reads a procedure's questions from the pack a draft was begun with. */
export function useFormOf(procedure: string | undefined, pack?: string) {
  return useQuery({ queryKey: ['public', 'form', procedure, pack], queryFn: () => desk.form(procedure ?? '', pack), enabled: procedure !== undefined })
}

export function useProcedure(code: string | undefined, kase?: string) {
  return useQuery({ queryKey: ['public', 'procedure', code, kase], queryFn: () => desk.procedure(code ?? '', kase), enabled: code !== undefined })
}

/** useDraftForm is a draft with its form and its procedure. */
export function useDraftForm(id: string) {
  const draft = useDraft(id)
  const form = useFormOf(draft.data?.procedure, draft.data?.pack)
  const procedure = useProcedure(draft.data?.procedure, draft.data?.case)
  return {
    draft: draft.data,
    form: form.data,
    procedure: procedure.data,
    error: draft.error ?? form.error ?? procedure.error,
    retry: () => void Promise.all([draft.refetch(), form.refetch(), procedure.refetch()]),
  }
}

export function useStatus() {
  return useQuery({ queryKey: ['public', 'status'], queryFn: desk.status, refetchInterval: 15_000, retry: false })
}

/** useSave sends one answer; the screen moves on only after it is on disk. */
export function useSave(id: string) {
  const queries = useQueryClient()
  const after = (field: string, value: Value, saved: Saved, evidence: string) =>
    queries.setQueryData<Draft>(draftKey(id), (draft) =>
      draft && { ...draft, elsewhere: saved.elsewhere, visible: saved.visible ?? draft.visible, derived: saved.derived ?? draft.derived, answers: { ...draft.answers, [field]: value }, evidence: { ...draft.evidence, [field]: evidence } },
    )
  const one = async (field: string, value: Value, evidence: Evidence = 'typed') => {
    const saved = await desk.saveField(id, field, value ?? null, evidence)
    after(field, value, saved, evidence)
    return saved
  }
  return {
    field: useMutation({ mutationFn: (a: { field: string; value: Value; evidence?: Evidence }) => one(a.field, a.value, a.evidence) }),
    fillings: useMutation({
      // one after the other: each may change what is asked next
      mutationFn: async (list: Filling[]) => {
        for (const filling of list) await one(filling.field, filling.value, filling.evidence)
      },
    }),
    person: useMutation({
      mutationFn: async (a: { applicant?: Person; submitter?: Person | null }) => {
        if (a.submitter !== undefined) await desk.saveSubmitter(id, a.submitter)
        if (a.applicant) await desk.saveApplicant(id, a.applicant)
        queries.setQueryData<Draft>(draftKey(id), (draft) => draft && { ...draft, ...a })
      },
    }),
    helper: useMutation({
      mutationFn: async (a: { person: Person; version: string } | null) => {
        await desk.saveHelper(id, a && { person: a.person, consent: { version: a.version } })
        queries.setQueryData<Draft>(draftKey(id), (draft) => draft && { ...draft, helper: a?.person ?? null })
      },
    }),
    refresh: () => queries.invalidateQueries({ queryKey: draftKey(id) }),
    /** the draft as the cache has it after the last save */
    fresh: async () => queries.getQueryData<Draft>(draftKey(id)),
  }
}
