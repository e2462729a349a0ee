import { Button } from '../Button/Button'
import { Dialog } from './Dialog'

export const examples = {
  question: () => (
    <Dialog title="Làm lại từ đầu?" onClose={() => undefined} actions={<Button look="harm">Xóa và làm lại</Button>}>
      Màn hình sẽ xóa sạch.
    </Dialog>
  ),
}
