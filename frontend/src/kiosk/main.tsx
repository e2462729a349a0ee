import { createRoot } from 'react-dom/client'
import { KioskApp } from './KioskApp'

const root = document.getElementById('root')
if (root) createRoot(root).render(<KioskApp />)
