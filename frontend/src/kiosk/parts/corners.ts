// The four corners of a page in its picture: where they are shown when the picture is turned, and how
// a finger or an arrow moves them. Places are shares of width and height, from the top left.
export interface Corner {
  x: number
  y: number
}

/** Quarter turns clockwise. */
export type Turn = 0 | 1 | 2 | 3

export const whole: Corner[] = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }]

/** How far outside the picture a corner may stand: a page that leans has corners there. */
const outside = 0.08

export function nextTurn(turn: Turn): Turn {
  return ((turn + 1) % 4) as Turn
}

/** shown is where a place of the stored picture is seen when the picture is turned. */
export function shown({ x, y }: Corner, turn: Turn): Corner {
  if (turn === 1) return { x: 1 - y, y: x }
  if (turn === 2) return { x: 1 - x, y: 1 - y }
  if (turn === 3) return { x: y, y: 1 - x }
  return { x, y }
}

/** stored is the way back from shown. */
export function stored(place: Corner, turn: Turn): Corner {
  return shown(place, ((4 - turn) % 4) as Turn)
}

/** position says which corner of what is seen the stored corner is: 0 top left, then clockwise. */
export function position(corner: number, turn: Turn): number {
  return (corner + turn) % 4
}

function inside(n: number): number {
  return Math.min(1 + outside, Math.max(-outside, n))
}

/** moved puts one corner at a place that is seen, unless the four would no longer make a sheet. */
export function moved(corners: Corner[], corner: number, to: Corner, turn: Turn): Corner[] {
  const next = corners.map((c, i) => (i === corner ? stored({ x: inside(to.x), y: inside(to.y) }, turn) : c))
  return sheet(next) ? next : corners
}

/** sheet says whether four corners in turn stand apart and make a shape without a dent. */
export function sheet(c: Corner[]): boolean {
  return c.length === 4 && c.every((a, i) => {
    const b = c[(i + 1) % 4] as Corner
    const z = c[(i + 3) % 4] as Corner
    const turn = (b.x - a.x) * (z.y - a.y) - (b.y - a.y) * (z.x - a.x)
    return turn > 0.01
  })
}
