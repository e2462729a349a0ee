// Papers opened in a page of their own. The page keeps hold of them, so that locking closes them too:
// a PDF on the screen tells as much as the dossier did.
const open = new Set<Window>()

/** openPaper shows an address of this desk in a page of its own; false where the browser did not let it. */
export function openPaper(address: string): boolean {
  const page = window.open(address, '_blank')
  if (page) open.add(page)
  return page !== null
}

export function closePapers() {
  for (const page of open) page.close()
  open.clear()
}
