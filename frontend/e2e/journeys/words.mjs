// The words a person looks for, in the language of the screen.
const table = {
  vi: {
    language: /Tiếng Việt/, home: 'Hôm nay bà con cần gì?', fileTile: /^Nộp hồ sơ/, trackTile: /^Tra cứu hồ sơ/, search: 'Gõ việc cần làm, không cần dấu', byWords: 'Gõ để tìm',
    start: 'Làm hồ sơ này', typeIt: 'Tôi tự ghi, không có thẻ', telexName: ['N', 'g', 'u', 'y', 'ê', 'n', 'ngã', 'Dấu cách', 'A', 'n'], here: /^Ở xã này/,
    leaveQuestion: 'Để cán bộ giúp câu này', check: 'Kiểm tra hồ sơ', leave: 'Để cán bộ xem giúp', readBack: 'Đọc lại toàn bộ hồ sơ', sign: 'Ký tên',
    consent: 'Cam đoan và nộp', done: 'Đã nộp xong', usePicture: 'Dùng ảnh này', acks: ['đã lưu tại xã', 'đã rời xã', 'tỉnh đã nhận đủ', 'cán bộ đã tiếp nhận'],
  },
  en: {
    language: /English/, home: 'What do you need today?', fileTile: /^File a dossier/, trackTile: /^Track a dossier/, search: 'Type what you need, no marks needed', byWords: 'Type to find',
    start: 'File this', typeIt: 'I will type, no card', telexName: ['N', 'g', 'u', 'y', 'ê', 'n', 'ngã (broken)', 'Space', 'A', 'n'], here: /^In this commune/,
    leaveQuestion: 'Let an officer help with this', check: 'Check the dossier', leave: 'Leave it to the officer', readBack: 'Read the whole dossier', sign: 'Sign',
    consent: 'Declare and file', done: 'Filed', usePicture: 'Use this picture', acks: ['saved at the commune', 'left the commune', 'the province has all of it', 'an officer took it in'],
  },
  km: {
    language: /ខ្មែរ/, home: 'ថ្ងៃនេះបងប្អូនត្រូវការអ្វី?', fileTile: /^ដាក់សំណុំឯកសារ/, trackTile: /^តាមដានសំណុំឯកសារ/, search: 'វាយអ្វីដែលត្រូវការ មិនបាច់ដាក់សញ្ញា', byWords: 'វាយដើម្បីរក',
    start: 'ធ្វើសំណុំឯកសារនេះ', typeIt: 'ខ្ញុំបំពេញខ្លួនឯង គ្មានប័ណ្ណ', telexName: ['N', 'g', 'u', 'y', 'ê', 'n', 'ngã', 'ដកឃ្លា', 'A', 'n'], here: /^នៅឃុំនេះ/,
    leaveQuestion: 'ទុកឱ្យមន្ត្រីជួយសំណួរនេះ', check: 'ពិនិត្យសំណុំឯកសារ', leave: 'ទុកឱ្យមន្ត្រីមើល', readBack: 'អានសំណុំឯកសារទាំងមូលឡើងវិញ', sign: 'ចុះហត្ថលេខា',
    consent: 'ធានាអះអាង និងដាក់', done: 'ដាក់រួចហើយ', usePicture: 'ប្រើរូបនេះ', acks: ['បានរក្សាទុកនៅឃុំ', 'បានចេញពីឃុំ', 'ខេត្តបានទទួលគ្រប់', 'មន្ត្រីបានទទួលយក'],
  },
}
export const words = (language) => table[language]
