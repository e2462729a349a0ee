import { Facts, PersonFacts } from './Facts'

export const examples = {
  plain: () => <Facts rows={[['a', 'Nơi sinh', 'Bệnh viện huyện'], ['b', 'Ghi chú', '']]} />,
  person: () => <PersonFacts person={{ full_name: 'NGUYỄN VĂN MẪU', citizen_id: '083090999001', birth_date: '1990-03-14', sex: 'male', phone: '0912345678', evidence: 'qr' }} />,
}
