import { Area, Field } from './Field'

export const examples = {
  plain: () => <Field label="Tên đăng nhập" help="Do tỉnh cấp" />,
  wrong: () => <Area label="Lý do" error="Xin ghi lý do; người nộp sẽ đọc." />,
}
