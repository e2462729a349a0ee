import './Progress.css'

/** Progress fills a bar; value is 0..1 and label says it in words. */
export function Progress({ value, label }: { value: number; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100)
  return <progress className="bd-progress" max={100} value={percent} aria-label={label} />
}
