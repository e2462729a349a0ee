import { useEffect, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { FileText } from 'lucide-react'

/** useBlobAddress gives bytes an address for <img> and takes it back afterwards. */
export function useBlobAddress(blob: Blob | undefined): string | undefined {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    if (!blob) return
    const made = URL.createObjectURL(blob)
    setAddress(made)
    return () => {
      URL.revokeObjectURL(made)
      setAddress(undefined)
    }
  }, [blob])
  return address
}

export interface ScanPictureProps {
  /** key of the cache; bytes are fetched with the visit's header, so an address alone will not do */
  name: string[]
  load: () => Promise<Blob>
  alt: string
}

/** ScanPicture shows a stored picture; what is not a picture shows as a sheet. */
export function ScanPicture({ name, load, alt }: ScanPictureProps) {
  const bytes = useQuery({ queryKey: ['scan', ...name], queryFn: load, staleTime: Infinity, gcTime: 60_000 })
  const address = useBlobAddress(bytes.data?.type.startsWith('image/') ? bytes.data : undefined)
  if (address) return <img className="k-scan" src={address} alt={alt} />
  return (
    <span className="k-scan k-scan--sheet" role="img" aria-label={alt}>
      <FileText aria-hidden />
    </span>
  )
}
