import { ArrowRight, Trash2 } from 'lucide-react'
import { Button } from './Button'

export const examples = {
  primary: () => <Button look="primary" iconAfter={<ArrowRight aria-hidden />}>Tiếp tục</Button>,
  plain: () => <Button>Quay lại</Button>,
  quiet: () => <Button look="quiet">Bỏ qua câu này</Button>,
  harm: () => <Button look="harm" icon={<Trash2 aria-hidden />}>Xóa</Button>,
  disabled: () => <Button look="primary" disabled>Đang lưu…</Button>,
}
