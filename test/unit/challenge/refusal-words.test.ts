import { describe, expect, it } from 'vitest'
import { encodeText } from '../../../src/challenge/decode-peek.ts'
import {
  blamesClient,
  checksVisitor,
  refuses,
  refusesBehaviour,
  refusesWithReason,
} from '../../../src/challenge/refusal-words.ts'

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

describe('blamesClient', () => {
  it('is true of what only a client does, unless the reason is another one', () => {
    expect(blamesClient(said('That looks like a scraper to us.'))).toBe(true)
    expect(blamesClient(said('Come by the VPN of the company.'))).toBe(false)
    expect(refusesBehaviour(said('We cannot serve automated requests now.'))).toBe(true)
    expect(refusesBehaviour(said('We are under attack and not available.'))).toBe(false)
  })
})

describe('checksVisitor', () => {
  it.each([
    'Wir prüfen, ob Sie ein Mensch sind',
    'Tarayıcınız kontrol ediliyor',
    'Your visit is being checked by us',
    'Stiamo controllando il tuo browser',
  ])('is true of: %s', (text) => {
    expect(checksVisitor(said(text))).toBe(true)
  })

  it.each(['Bitte prüfen Sie Ihre Verbindung', 'We are checking your payment.', 'Your browser is too old.'])(
    'is false of: %s',
    (text) => {
      expect(checksVisitor(said(text))).toBe(false)
    },
  )
})
