import { ScanView } from './ScanView'

const page = 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" width="60" height="80"/%3E'

export const examples = {
  picture: () => <ScanView address={page} label="Ảnh 1: Giấy chứng sinh" paper="Giấy chứng sinh" mime="image/svg+xml" length={41200} />,
  file: () => <ScanView address="/a.pdf" label="Ảnh 1: Hợp đồng" paper="Hợp đồng" mime="application/pdf" length={412000} fileName="hop-dong.pdf" />,
}
