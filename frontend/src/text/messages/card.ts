/** Reading a citizen card. */
export const card = {
  'k.card.camera.open': { vi: 'Đọc thẻ bằng máy ảnh', en: 'Read the card with the camera' },
  'k.card.camera.how': { vi: 'Giơ mặt có mã vuông, giữ yên một lúc.', en: 'Show the side with the square code and hold it still.' },
  'k.card.camera.close': { vi: 'Tắt máy ảnh', en: 'Close the camera' },
  'k.card.replaced': { vi: 'Thẻ khác điều đã ghi. Máy đã ghi theo thẻ.', en: 'The card differs from what was typed. The card was taken.' },
  'k.card.differs': { vi: 'Điều đang ghi khác với thẻ.', en: 'What stands here differs from the card.' },
  'k.card.row': { vi: '{field}: thẻ ghi {card}, bà con ghi {typed}', en: '{field}: the card says {card}, you wrote {typed}' },
  'k.card.keepTyped': { vi: 'Giữ điều tôi đã ghi', en: 'Keep what I wrote' },
  'k.card.takeCard': { vi: 'Ghi theo thẻ', en: 'Take it from the card' },
  'k.card.officer': { vi: 'Cán bộ sẽ xem thẻ gốc.', en: 'An officer will look at the card itself.' },
  'k.card.doubt.diacritics_lost': { vi: 'Máy quét làm mất dấu tiếng Việt. Xin xem kỹ họ tên và địa chỉ, thêm dấu cho đúng.', en: 'The scanner dropped the Vietnamese marks. Please check name and address and add them.' },
  'k.card.doubt.residence_missing': { vi: 'Trên thẻ không có nơi ở. Xin tự ghi.', en: 'The card names no address. Please write it.' },
  'k.card.notHere': { vi: 'Câu hỏi này không lấy từ thẻ. Máy không ghi gì từ thẻ.', en: 'This question is not filled from a card. Nothing was taken from it.' },
}
