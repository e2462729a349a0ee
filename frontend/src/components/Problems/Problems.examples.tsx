import { Problem } from '../../api/client'
import { ErrorSummary, ProblemNotice } from './Problems'

export const examples = {
  notice: () => (
    <ProblemNotice
      error={new Problem(500, 'disk_full', { vi: 'Ổ đĩa đầy.', en: 'The disk is full.' }, { vi: 'Xin gọi cán bộ.', en: 'Please call an officer.' })}
      retry={() => undefined}
    />
  ),
  summary: () => <ErrorSummary problems={[{ target: 'reason', message: 'Xin ghi lý do; người nộp sẽ đọc.' }]} />,
}
