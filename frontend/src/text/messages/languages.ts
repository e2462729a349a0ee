// Choosing a language and listening to the screen.
export const languages = {
  'k.tool.language': { vi: 'Ngôn ngữ', en: 'Language' },
  'k.language.draft': { vi: 'bản dịch nháp', en: 'draft translation' },
  'k.language.binding': { vi: 'Bản dịch này chưa có người ký nhận. Chữ Việt đi kèm là chữ có hiệu lực.', en: 'Nobody has signed for this translation yet. The Vietnamese beside it is what counts.' },
  'k.language.loading': { vi: 'Đang mở tiếng này…', en: 'Opening the language…' },
  'k.voice.stop': { vi: 'Dừng đọc', en: 'Stop' },
  'k.voice.personal': { vi: 'Đọc cả phần riêng của tôi', en: 'Read my own details too' },
  'k.voice.personal.note': { vi: 'Tên, số và câu trả lời chưa được đọc. Người đứng gần có thể nghe thấy.', en: 'Names, numbers and answers were not read. People nearby may hear them.' },
  'k.voice.skip': { vi: 'Không cần', en: 'No need' },
  'k.voice.silent': { vi: 'Máy chưa đọc được màn hình này. Xin gọi cán bộ đọc giúp.', en: 'The machine cannot read this screen aloud. Please ask an officer.' },
} as const
