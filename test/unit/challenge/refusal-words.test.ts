import { describe, expect, it } from 'vitest'
import { encodeText } from '../../../src/challenge/decode-peek.ts'
import { refuses, refusesWithReason } from '../../../src/challenge/refusal-words.ts'

const said = (text: string) => encodeText(text.toLowerCase()).toLowerCase()

describe('refusesWithReason', () => {
  it.each([
    'We have stopped serving this address: it belongs to a VPN.',
    'Nous avons suspendu votre visite en raison d’un trafic anormal.',
    'Ihr Besuch wurde unterbrochen, er wirkt maschinell.',
    'ТРАФИК С ВАШЕГО IP ОГРАНИЧЕН',
    'Truy cập bị từ chối vì hoạt động bất thường',
    '海外からのアクセスはお断りしています',
    '트래픽이 비정상이므로 거부되었습니다',
  ])('is true of: %s', (text) => {
    expect(refusesWithReason(said(text))).toBe(true)
  })

  it.each([
    'You may not delete this page.',
    'Your account does not have the rights to read this.',
    'The firewall protects you.',
    'CSRF verification failed. Your IP address is not the one that asked.',
    'Only employees on the VPN are let in, others are denied.',
    'У вас недостаточно прав.',
  ])('is false of: %s', (text) => {
    expect(refusesWithReason(said(text))).toBe(false)
  })

  it('leaves out the reason when it is not asked for', () => {
    expect(refuses(said('A solicitação foi rejeitada.'))).toBe(true)
    expect(refuses(said('Bem-vindo.'))).toBe(false)
  })
})
