import { Field } from '../Field/Field'
import { StepForm } from './StepForm'

const nothing = () => undefined

export const examples = {
  plain: () => <StepForm title="Báo có kết quả" send="Ghi lại" busy={false} onSend={nothing} onClose={nothing}><Field label="Nơi nhận" /></StepForm>,
  wrong: () => <StepForm harm title="Từ chối" send="Từ chối" busy={false} problems={[{ target: 'why', message: 'Xin ghi lý do.' }]} onSend={nothing} onClose={nothing} />,
}
