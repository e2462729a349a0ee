// Between two visits the page itself is made new: what React, a cache or a closure may still hold of the
// last resident goes with the page. In the office's window the page's whole process goes (the window sees
// this address and ends it; kiosk/shell), so that not even memory that was freed is left.
import { desk } from '../api/kiosk'

const answerMS = 2000

/** renewPage loads the page anew and says so; false when the desk does not answer: then the page that has forgotten must stay, because a new one would not come. */
export async function renewPage(): Promise<boolean> {
  const silence = new Promise<undefined>((done) => void setTimeout(done, answerMS))
  const status = await Promise.race([desk.status().catch(() => undefined), silence])
  if (!status) return false
  if (status.window) window.location.replace(`/renew?${Date.now()}`)
  else window.location.reload()
  return true
}
