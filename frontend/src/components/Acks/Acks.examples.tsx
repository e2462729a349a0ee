import { AckDots, Acks, type Ack } from './Acks'

const crossing: Ack[] = [
  { code: 'saved_at_commune', done: true, at: Date.UTC(2026, 10, 22, 2, 5) },
  { code: 'left_commune', done: true, at: Date.UTC(2026, 10, 22, 2, 9) },
  { code: 'province_complete', done: false, reason: { code: 'blobs', text: { vi: 'còn 2 ảnh đang gửi', en: '2 pictures still on their way' } } },
  { code: 'officer_took_in', done: false },
]

export const examples = {
  half: () => <Acks acks={crossing} />,
  explained: () => <Acks acks={crossing} explain />,
  dots: () => <AckDots acks={crossing} />,
  copied: () => <Acks acks={crossing} copies={{ places: 2, copied_at: Date.UTC(2026, 10, 22, 3, 40) }} />,
}
