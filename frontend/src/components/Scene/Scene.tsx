// Drawings of the house: the river, the ferry, the landing. Drawn by hand in
// plain shapes so that they scale, weigh little and obey the pages' policy.
import { useId } from 'react'
import './Scene.css'

/** FerryMark is the emblem: a roofed ferry on two waves. */
export function FerryMark({ title }: { title?: string }) {
  return (
    <svg className="bd-mark" viewBox="0 0 48 48" role={title ? 'img' : undefined} aria-label={title} aria-hidden={title ? undefined : true}>
      <rect width="48" height="48" rx="12" fill="#0f4a40" />
      <path d="M9 27h30l-5 8H14z" fill="#fcfaf4" />
      <path d="M13 18c3-3 17-3 20 0l2 3H12z" fill="#ecbb4d" />
      <path d="M16 21v6M24 21v6M31 21v6" stroke="#fcfaf4" strokeWidth="1.8" />
      <path d="M7 40c4-3 6 0 9 0s5-3 8 0 5 0 8 0 5-3 9 0" fill="none" stroke="#7dbba8" strokeWidth="2.4" strokeLinecap="round" />
    </svg>
  )
}

function Palm({ x, y, s = 1, flip = false }: { x: number; y: number; s?: number; flip?: boolean }) {
  return (
    <g transform={`translate(${x} ${y}) scale(${flip ? -s : s} ${s})`}>
      <path d="M-6 0C-4-60 6-110 26-150l9 4C20-106 10-58 8 0z" fill="#3f5a45" />
      <g fill="#1d6b54">
        <path d="M30-150c-30-24-70-22-92 6 34-12 62-10 92-6z" />
        <path d="M30-150c-22-36-58-50-88-36 36 4 62 16 88 36z" fill="#23805f" />
        <path d="M30-150c-4-42-30-68-62-70 28 18 46 40 62 70z" />
        <path d="M30-150c6-40 36-62 66-58-30 12-50 30-66 58z" fill="#23805f" />
        <path d="M30-150c26-28 62-30 86-8-32-4-58-2-86 8z" />
        <path d="M30-150c30-8 60 6 72 36-24-20-46-30-72-36z" fill="#185a46" />
      </g>
      <circle cx="27" cy="-144" r="7" fill="#b8862a" />
      <circle cx="38" cy="-141" r="6" fill="#9a6d1c" />
    </g>
  )
}

function Person({ x, y, coat, paper = false }: { x: number; y: number; coat: string; paper?: boolean }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <path d="M-15 0c0-34 4-46 15-46s15 12 15 46z" fill={coat} />
      <circle cx="0" cy="-56" r="11" fill="#c98d62" />
      <path d="M-24-58L0-78l24 20c-12 5-36 5-48 0z" fill="#f0d79a" />
      <path d="M-24-58c12 5 36 5 48 0" fill="none" stroke="#c9a24c" strokeWidth="2" />
      {paper && (
        <g>
          <rect x="-3" y="-36" width="22" height="28" rx="2" fill="#fcfaf4" stroke="#c9a24c" strokeWidth="1.5" />
          <path d="M2-29h12M2-23h12M2-17h8" stroke="#5fa592" strokeWidth="2" />
        </g>
      )}
    </g>
  )
}

/** Ferry is the boat alone, in a frame of 360 by 190. */
export function Ferry() {
  return (
    <g>
      <Person x={110} y={118} coat="#7a2f2a" paper />
      <Person x={172} y={118} coat="#2b5d7d" />
      <Person x={232} y={118} coat="#e9e0c8" paper />
      <path d="M56 36c24-26 222-26 248 0l10 12H46z" fill="#d9a32f" />
      <path d="M46 48h268v6H46z" fill="#b8862a" />
      <path d="M70 54v64M290 54v64" stroke="#6b4a15" strokeWidth="7" />
      <path d="M4 112h352c-8 34-30 58-62 66H76C40 172 16 148 4 112z" fill="#7c2d22" />
      <path d="M4 112h352l-4 14H9z" fill="#9c3a2c" />
      <path d="M40 146h282" stroke="#ecbb4d" strokeWidth="5" />
      <circle cx="38" cy="134" r="8" fill="#fcfaf4" />
      <circle cx="38" cy="134" r="3.5" fill="#07241f" />
    </g>
  )
}

/** RiverScene fills its box: a landing on the left, the ferry crossing, the far bank. */
export function RiverScene({ className = '' }: { className?: string }) {
  const id = useId()
  return (
    <svg className={`bd-scene ${className}`} viewBox="0 -180 1280 800" preserveAspectRatio="xMidYMax slice" aria-hidden focusable="false">
      <defs>
        <linearGradient id={`${id}sky`} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#e3f0ea" />
          <stop offset="0.5" stopColor="#fcfaf4" />
          <stop offset="1" stopColor="#f8e3ae" />
        </linearGradient>
        <linearGradient id={`${id}river`} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#5fa592" />
          <stop offset="0.4" stopColor="#1d7662" />
          <stop offset="1" stopColor="#0b332c" />
        </linearGradient>
      </defs>
      <rect y="-1400" width="1280" height="1150" fill="#e3f0ea" />
      <rect y="-251" width="1280" height="651" fill={`url(#${id}sky)`} />
      <circle cx="870" cy="292" r="74" fill="#ecbb4d" opacity="0.85" />
      <path d="M0 300c90-34 150-20 236-34s150-44 250-30 150 40 254 22 170-46 270-26 180 34 270 14v120H0z" fill="#bcdacf" />
      <path d="M0 330c120-30 220-18 330-26s200-24 320-8 210 20 330 2 220-14 300-2v60H0z" fill="#8fc2b1" />
      <g opacity="0.75">
        <Palm x={1080} y={346} s={0.5} />
        <Palm x={1136} y={350} s={0.42} flip />
        <Palm x={330} y={346} s={0.42} />
        <Palm x={640} y={340} s={0.34} flip />
      </g>
      <rect y="340" width="1280" height="280" fill={`url(#${id}river)`} />
      <path d="M820 352h120l-16 6H840zM800 372h160l-20 6H824zM770 396h220l-28 7H800z" fill="#f8e3ae" opacity="0.75" />
      <g stroke="#bcdacf" strokeWidth="4" strokeLinecap="round" fill="none" opacity="0.55">
        <path d="M90 430c30-12 44 4 72 0s40-12 66 0" />
        <path d="M1010 440c26-10 40 4 64 0s36-10 60 0" />
        <path d="M460 566c34-12 52 4 82 0s46-12 76 0 50 4 78 0" />
        <path d="M880 540c34-12 52 4 82 0s46-12 76 0" />
        <path d="M240 520c26-10 40 4 64 0s36-10 60 0" />
      </g>
      <g className="bd-scene__ferry">
        <g transform="translate(640 322) scale(1.12)">
          <Ferry />
        </g>
        <path d="M630 516c40-16 60 6 100 0s60-16 100 0 60 6 100 0 60-16 120 0" fill="none" stroke="#dcebe4" strokeWidth="6" strokeLinecap="round" />
      </g>
      <path d="M0 384c90-16 190-10 262 14 34 12 40 30 14 40-70 24-180 32-276 34z" fill="#2c6b4f" />
      <path d="M0 420c80-8 150-4 214 12 30 8 30 22 4 28-66 16-140 20-218 22z" fill="#245a43" />
      <path d="M196 424h190v14H196z" fill="#9a6d1c" />
      <path d="M232 438v52M300 438v56M368 438v60" stroke="#6b4a15" strokeWidth="10" />
      <g transform="translate(36 236)">
        <rect x="14" y="72" width="150" height="100" fill="#fcfaf4" />
        <path d="M-8 76L88 8l98 68z" fill="#9c3a2c" />
        <path d="M-8 76h194v8H-8z" fill="#7c2d22" />
        <rect x="70" y="108" width="40" height="64" fill="#15604f" />
        <rect x="28" y="104" width="30" height="28" fill="#bcdacf" stroke="#15604f" strokeWidth="4" />
        <rect x="122" y="104" width="30" height="28" fill="#bcdacf" stroke="#15604f" strokeWidth="4" />
        <rect x="52" y="86" width="76" height="13" rx="3" fill="#ecbb4d" />
      </g>
      <Palm x={30} y={420} s={1.15} />
      <Palm x={236} y={414} s={0.86} flip />
      <g fill="#245a43">
        <path d="M1280 470c-60-10-120 4-150 26-24 18 0 30 40 34 40 4 80 2 110-2z" />
      </g>
      <Palm x={1226} y={486} s={1.05} flip />
    </svg>
  )
}

/** Waves is a quiet ribbon at the foot of a screen. */
export function Waves() {
  return (
    <svg className="bd-waves" viewBox="0 0 1200 60" preserveAspectRatio="none" aria-hidden>
      <path d="M0 26c100-30 180 22 300 6s180-34 300-6 200 26 300 4 200-26 300-4v34H0z" fill="#bcdacf" opacity="0.5" />
      <path d="M0 40c120-22 200 14 320 4s200-24 320-2 220 18 320 0 160-16 240-4v22H0z" fill="#5fa592" opacity="0.45" />
    </svg>
  )
}

/** LandingPicture is the small empty-state drawing: the boat at rest. */
export function LandingPicture() {
  return (
    <svg className="bd-landing" viewBox="0 0 420 230" aria-hidden>
      <circle cx="320" cy="70" r="42" fill="#f8e3ae" />
      <g transform="translate(30 12) scale(0.92)">
        <Ferry />
      </g>
      <path d="M6 186c34-14 52 6 84 0s52-14 84 0 52 6 84 0 52-14 84 0 46 4 72-2M40 212c30-12 48 4 76 0s48-12 76 0 48 4 76 0 48-12 76 0" fill="none" stroke="#5fa592" strokeWidth="6" strokeLinecap="round" />
    </svg>
  )
}
