import { Journey } from './Journey'

export const examples = {
  three: () => (
    <Journey
      label="Hành trình"
      steps={[
        { at: Date.UTC(2026, 10, 22, 2), text: 'Đã nộp tại xã' },
        { at: Date.UTC(2026, 10, 22, 4), text: 'Cán bộ đã tiếp nhận', who: 'UBND xã Giao Long' },
      ]}
    />
  ),
}
