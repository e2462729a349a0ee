import { Notice } from './Notice'

export const examples = {
  good: () => <Notice tone="good" title="Đã lưu" />,
  note: () => <Notice title="Chỉ khi: trẻ bị bỏ rơi">Cán bộ sẽ hướng dẫn.</Notice>,
  offline: () => <Notice tone="offline" title="Hiện không có mạng">Bà con vẫn nộp được.</Notice>,
  harm: () => <Notice tone="harm" title="Máy này chưa trả lời.">Xin đợi vài giây rồi bấm Thử lại.</Notice>,
}
