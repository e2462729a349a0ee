import { createRoot } from 'react-dom/client'
import { PortalApp } from './PortalApp'

const root = document.getElementById('root')
if (root) createRoot(root).render(<PortalApp />)
