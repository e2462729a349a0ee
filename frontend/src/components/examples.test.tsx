import { render } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { LanguageProvider, type Language } from '../text/language'

type Module = { examples: Record<string, () => React.ReactNode> }
const modules = import.meta.glob<Module>('./*/*.examples.tsx', { eager: true })

// Every component's examples must stand on their own in both languages, and
// everything that can be pressed must have a name.
describe.each(Object.entries(modules))('%s', (_path, { examples }) => {
  describe.each(['vi', 'en'] as Language[])('%s', (language) => {
    it.each(Object.entries(examples))('%s', (_name, example) => {
      const { container } = render(<LanguageProvider initial={language}>{example()}</LanguageProvider>)
      expect(container).not.toBeEmptyDOMElement()
      for (const button of container.querySelectorAll('button')) {
        expect(button.getAttribute('aria-label') ?? button.textContent, button.outerHTML).toMatch(/\S/)
      }
      for (const input of container.querySelectorAll('input, textarea')) {
        const labelled = input.hasAttribute('aria-label') || input.hasAttribute('aria-labelledby') || input.closest('label') || container.querySelector(`label[for="${input.id}"]`)
        expect(labelled, input.outerHTML).toBeTruthy()
      }
    })
  })
})
