// The stand-in's register and one form of counts, with a number that opens and a correction.
const text = (vi, en) => ({ vi, en })
const month = { id: '2026-11', title: text('Kỳ tháng 11/2026 (15/10–14/11)', 'November 2026 (15 Oct – 14 Nov)'), from: Date.UTC(2026, 9, 14, 17), to: Date.UTC(2026, 10, 14, 17), closed: true, issued: true, corrections: 0 }
const before = { ...month, id: '2026-10', title: text('Kỳ tháng 10/2026 (15/9–14/10)', 'October 2026 (15 Sep – 14 Oct)') }
const infos = [
  { name: 'register', title: text('Sổ theo dõi hồ sơ', 'Register of dossiers'), number: 'Mẫu 07', legal: 'TT 03/2025/TT-VPCP', personal: true, periods: [month, before] },
  { name: '06', title: text('Tình hình, kết quả giải quyết thủ tục hành chính', 'Results of administrative procedures'), number: '06/VPCP/KSTT', legal: 'TT 01/2020/TT-VPCP', personal: false, periods: [month, before] },
]
const column = (key, vi, en, kind, group) => ({ key, title: text(vi, en), kind, ...(group ? { group } : {}) })
const received = text('Số hồ sơ nhận', 'Received')
const solved = text('Số hồ sơ đã giải quyết', 'Finished')

function register(all) {
  const columns = [column('code', 'Mã hồ sơ', 'Code', 'text'), column('content', 'Nội dung', 'Content', 'text'), column('owner', 'Người đứng tên', 'Applicant', 'text'), column('received', 'Ngày nhận', 'Received', 'date'), column('due', 'Ngày hẹn', 'Due', 'date'), column('note', 'Ghi chú', 'Note', 'text')]
  const rows = all.filter((d) => d.received_at).slice(0, 40).map((d) => ({ key: d.id, cells: [{ text: d.official_code }, { text: d.procedure.short?.vi ?? d.procedure.name.vi }, { text: d.applicant }, { at: d.received_at }, { at: d.due }, null] }))
  return { columns, rows }
}

function counts() {
  const columns = [
    column('total', 'Tổng số', 'Total', 'count', received), column('online', 'Trực tuyến', 'Online', 'count', received), column('paper', 'Trực tiếp, bưu chính', 'At the desk, by post', 'count', received),
    column('early', 'Trước hạn', 'Early', 'count', solved), column('ontime', 'Đúng hạn', 'On time', 'count', solved), column('late', 'Quá hạn', 'Late', 'count', solved), column('share', 'Tỷ lệ đúng hạn', 'On time', 'share'),
  ]
  const line = (key, vi, en, numbers, total) => ({ key, title: text(vi, en), total, cells: numbers.map((n, i) => (i === 6 ? { value: n } : { count: n })) })
  return { columns, rows: [line('civil', 'Hộ tịch', 'Civil status', [128, 0, 128, 90, 30, 2, 0.984]), line('cert', 'Chứng thực', 'Certification', [311, 0, 311, 300, 11, 0, 1]), line('social', 'Bảo trợ xã hội', 'Social support', [42, 3, 39, 20, 14, 1, 0.971]), line('sum', 'Tổng cộng', 'Total', [481, 3, 478, 410, 55, 3, 0.994], true)] }
}

export function counterReports(all, guard) {
  const one = (name, period) => ({
    report: name, title: infos.find((i) => i.name === name).title, period: period === month.id ? month : before, office: 'UBND xã Giao Long', ...(name === 'register' ? register(all) : counts()), unsure: name === 'register' ? [] : [text('Hồ sơ chuyển kỳ sau của thủ tục liên thông: chưa có hướng dẫn riêng.', 'Carry-over of joint procedures: no rule of its own.')],
    notes: [{ text: text('Hồ sơ nộp tại xã trong lúc mất mạng', 'Filed while the line was down'), count: 17, cell: 'note:offline' }], cut_off: { period_end: month.to, known_at: Date.UTC(2026, 10, 15, 1), clock: 'trusted' }, state: 'issued', issued: { n: 1, at: Date.UTC(2026, 10, 15, 1), name: 'Trần Văn Lãnh Đạo' },
    corrections: [], difference: name === 'register' ? [] : [{ cell: 'civil:total', row: text('Hộ tịch', 'Civil status'), column: text('Tổng số', 'Total'), was: 126, now: 128, delta: 2 }],
  })
  return {
    'GET /api/counter/reports': guard(() => ({ reports: infos })),
    'GET /api/counter/reports/{name}.pdf': guard(() => ({ bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), type: 'image/svg+xml' })),
    'GET /api/counter/reports/{name}': guard(({ params, query }) => one(params.name, query.get('period'))),
    'POST /api/counter/reports/{name}/issue': guard(({ params, body }) => one(params.name, body.period)),
    'GET /api/counter/reports/{name}/cells/{cell}': guard(() => {
      const some = all.slice(0, 12)
      return { ids: some.map((d) => d.id), dossiers: some.map((d) => ({ id: d.id, slip: d.slip, official_code: d.official_code, procedure: { code: d.code, name: d.procedure.name } })) }
    }),
  }
}
