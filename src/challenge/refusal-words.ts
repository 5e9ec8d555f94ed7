import { spellings } from './decode-peek.ts'

/*
 * Recognises refusals in thirty languages, whatever their wording: a word stem that refuses, and a stem that names a reason
 * to refuse a client. An application refuses for other reasons: rights, a plan, a form.
 */

/** Stems that refuse. */
const REFUSES = stems(
  /\b(?:un)?block|\bban(?:ned|s)?\b|\bden(?:y|ied|ies)|refus|reject|restrict|forbid|prohibit|disallow|declin|suspend|\bstopp|\bhalt|interrupt|terminat|prevented|limited|unable|\babort|\bend(?:s|ed) (?:the|this|your|it)\b|\bnot\b|(?:do|does|did|will|would|wo|could|ca|is|are|was|were)n(?:'|\xe2\x80\x99|o)t\b|cannot|can not|unavailable|no longer|disabled|blacklist|blocklist|denylist|barred|quarantin/,
  'blockier | geblockt | gesperrt | nicht | verweiger | abgelehnt | abgewiesen | zurückgewiesen | eingeschränkt | untersagt | unterbunden | nicht möglich | nicht gestattet | nicht erlaubt | nicht verfügbar | nicht zugelassen | begrenzt | unterbrochen',
  'bloqu | refus | rejet | restreint | interdit | interrompu | suspendu | impossible | indisponible | non autoris | limité',
  'deneg | denieg | rechaz | restring | prohib | suspend | no ha sido posible | no es posible | no está disponible | no permit | limitad | interrump',
  'negad | recusad | rejeitad | restrit | proibid | não é possível | não foi possível | não permit | indispon',
  'blocc | negat | rifiut | respint | limitat | vietat | non consent | non è consent | non disponib | impossibile | sospes',
  'geblokkeerd | geweigerd | beperkt | niet toegestaan | verboden | ontzegd | niet beschikbaar',
  'zablokow | blokad | odmow | odmów | odrzuc | ogranicz | wstrzym | zabron | brak dostępu | niedostęp | niedozwol',
  'blokován | odepř | odmítn | omez | zamítn | zakáz | odmietn | obmedz | zablokov | zamietn | zakázan',
  'letilt | tilt | megtagad | elutasít | korlátoz | blokkol | nem engedély | nem érhető',
  'blocat | refuz | respins | restric | interzis | restricț | restricţ',
  'blockera | nekad | nekat | avvis | begräns | spärr | stoppat',
  'blokeret | blokkert | nægtet | nektet | afvist | avvist | begræns | begrens | spærret | sperret | ikke tillad | ikke tillat',
  'estetty | evätty | hylätty | rajoitet | kielletty',
  'engel | reddet | reddedil | kısıtla | yasak | bloke | sınırla | izin veril',
  'блокир | ограничен | запрещ | запрет | отклон | отказ | закрыт | недоступ | приостанов | прерван',
  'заблоков | обмеж | заборон | відхил | відмовл | недоступ | блокова',
  'блокиран | забранен | отказан | огранич | одбијен | забрањ | blokiran | odbijen | zabranjen | ograničen | zavrn | onemogoč',
  'αποκλε | μπλοκ | απορρ | απαγορ | περιορ | δεν επιτρ | άρνηση | δεν είναι διαθέσιμ',
  'حظر | حجب | رفض | منع | مقيد | محظور | غير مسموح | تقييد',
  'נחסמ | חסומ | חסימ | חסמנו | נדחה | נדחת | מוגבל | נמנע',
  'مسدود | ممنوع | رد شد | محدود | بلاک | غیرمجاز | غیر مجاز',
  'บล็อก | ระงับ | ปฏิเสธ | จำกัด | ไม่อนุญาต | ไม่สามารถเข้า',
  'chặn | từ chối | hạn chế | cấm | bị khóa | không được phép | không thể truy cập',
  'diblokir | ditolak | dibatasi | dilarang | disekat | tidak diizinkan | ditangguhkan',
  '拦截 | 阻断 | 封禁 | 屏蔽 | 拒绝 | 限制 | 禁止 | 阻止 | 封锁 | 受限 | 攔截 | 阻擋 | 封鎖 | 拒絕 | 無法 | 无法 | 阻斷',
  'ブロック | 拒否 | 制限 | 遮断 | 禁止 | 規制 | できません | お断り | 遮断',
  '차단 | 거부 | 제한 | 금지 | 불가 | 거절',
)

/** Stems of reasons to refuse any client, logged in or not: its behaviour, its origin, the site's defences. */
const GIVES_REASON = stems(
  /\bautomat(?:ed|ic(?:ally)? (?:generated|traffic|request|access|quer|tool))|non-?human|\b(?:ro)?bots?\b|\bbot-|scrap(?:er|ing)|crawl(?:ers?|ing)?\b|\bspiders?\b|suspicio|unusual|malicious|abnormal|anomal|irregular|atypical|abusive|excessive|hostile|harmful|firewall|\bwaf\b|\bd?dos\b|\battack|intrusion|\bhack|exploit|injection|\bvpns?\b|\bprox(?:y|ies)\b|\btor\b|anonymi[sz]|data ?cent(?:er|re)|(?:from|this|a|of) hosting (?:provider|service|network|compan)|\bextract(?:s|ing)?\b|\bharvest|\bbulk\b|(?:undesirable|unauthori[sz]ed|unwanted|illegal|illegitimate|improper) (?:or \w{1,16} )?(?:activit|traffic|use\b|behaviou?r)|headless|automation|fingerprint|(?:black|block|deny) ?list|\bgeo-?(?:ip|block|restrict|graphic)|\bip(?: |-)?address|\b(?:your|this|client|remote|from|visitor) ip\b|\bip:? ?\(?\d|\bips? (?:is|are|was|has|have|not|block|ban)|your (?:country|region|location|territory|area|network|isp)\b|(?:large|huge|high) (?:amount|number|volume)s? of|access from (?:this|your)|aggressive (?:requests?|traffic)|(?:country|region|jurisdiction|territory) you|where you are|threat|security (?:policy|policies|system|service|solution|rules?|incident|filter|measures?|violation|controls?|module|team|engine)|protection (?:system|service|software)/,
  'automatisier | verdächtig | ungewöhnlich | auffällig | ip-adresse | ihre ip | angriff | bösartig | schädlich | roboter | ihrem land | ihrer region | sicherheitssystem | schutzsystem | sicherheitsrichtlinie | maschinell',
  'automatis | suspect | inhabituel | adresse ip | votre ip | pare-feu | malveillan | votre pays | votre région | robot | politique de sécurité | système de sécurité | système de protection | anormal | attaque',
  'automatiz | sospech | inusual | cortafuegos | dirección ip | su ip | tu ip | malicios | su país | tu país | su región | robot | sistema de seguridad | política de seguridad | anómal | ataque',
  'suspeit | incomum | endereço ip | seu ip | seu país | sua região | sistema de segurança | política de segurança | anormal | ataque',
  'automatizz | sospett | insolit | anomal | indirizzo ip | tuo ip | suo ip | malevol | tuo paese | suo paese | sistema di sicurezza | attacc | robot',
  'geautomatiseerd | verdacht | ongebruikelijk | ip-adres | uw land | aanval | beveiligingssysteem | abnormaal',
  'automatyczn | zautomatyz | podejrzan | nietypow | adres ip | adresu ip | zapor | atak | twojego kraju | złośliw | robot | system bezpieczeństwa | systemy bezpieczeństwa | system ochrony',
  'automatizovan | automatick | podezřel | podozriv | neobvykl | nezvyčajn | ip adres | útok | škodliv | bezpečnostní systém | bezpečnostný systém',
  'automatiz | gyanús | szokatlan | ip-cím | ip cím | tűzfal | támadás | biztonsági rendszer | robot',
  'automatizat | suspect | neobișnuit | neobişnuit | adresa ip | atac | sistem de securitate',
  'automatisera | misstänk | ovanlig | ip-adress | brandvägg | attack | skadlig | säkerhetssystem | onormal',
  'mistænkelig | mistenkelig | usædvanlig | uvanlig | ip-adress | brannmur | automatiseret | automatisert | angreb | angrep | sikkerhedssystem | sikkerhetssystem',
  'automaatti | automatisoi | epäilyttäv | epätavalli | ip-osoit | palomuuri | hyökkäy',
  'otomatik | şüpheli | olağan dışı | olağandışı | alışılmadık | ip adres | güvenlik duvar | saldırı | zararlı | güvenlik sistem | güvenlik politika | anormal',
  'автоматич | автоматизир | подозрител | необычн | нетипичн | ip-адрес | ip адрес | вашего ip | ваш ip | брандмауэр | межсетев | файрвол | атак | робот | вредонос | вашей стран | вашу стран | вашего регион | систем защиты | система защиты | системой защиты | систему защиты | система безопасности | системой безопасности',
  'підозріл | незвичн | вашого регіон | вашої країн | автоматиз | система захисту | системою захисту | шкідлив',
  'подозрител | подозрит | необичай | автоматизиран | сумњив | sumnjiv | neobičajn | napad | nenavadn | automatizir | ip-naslov | ip adresa',
  'αυτοματοπ | αυτόματ | ύποπτ | ασυνήθ | διεύθυνση ip | διεύθυνσή | τείχος προστασίας | επίθεσ | κακόβουλ | για λόγους ασφαλείας',
  'عنوان ip | مشبوه | غير معتاد | غير عادي | جدار الحماية | نظام الحماية | آلي | هجوم | بلدك | ضار',
  'כתובת ה-ip | כתובת ip | ip שלך | חשוד | חריג | אוטומטי | חומת אש | רובוט | התקפה | מערכת האבטחה | מערכת ההגנה',
  'آدرس ip | آی‌پی | آی پی | مشکوک | غیرعادی | غیر عادی | فایروال | دیوار آتش | دیواره آتش | حمله | ربات | سیستم امنیتی',
  'ผิดปกติ | ไอพี | อัตโนมัติ | ต้องสงสัย | น่าสงสัย | ไฟร์วอลล์ | โจมตี | ระบบรักษาความปลอดภัย',
  'bất thường | đáng ngờ | địa chỉ ip | tường lửa | tự động | tấn công | nghi ngờ | hệ thống bảo mật | hệ thống bảo vệ',
  'mencurigakan | tidak biasa | alamat ip | sistem keamanan | otomatis | serangan | tidak wajar | negara anda',
  '异常 | 可疑 | 防火墙 | 防护 | 攻击 | 恶意 | 机器人 | 爬虫 | 自动化 | 风险 | 云盾 | 安全策略 | 安全规则 | 不合法 | 非法 | 海外 | 您的ip | 您的地区 | 所在地区 | ip地址 | 異常 | 防護 | 攻擊 | 惡意 | 機器人 | 爬蟲 | 風險 | 防火牆 | 安全政策 | 所在地區',
  '不正 | 不審 | 機械的 | 自動化 | ipアドレス | ファイアウォール | 攻撃 | 異常 | ロボット | ボット | 海外から | お住まいの地域 | お使いの地域 | 大量のアクセス',
  '비정상 | 의심 | 자동화 | 방화벽 | 공격 | 보안정책 | 보안 정책 | 해외 | 매크로 | ip 주소 | 악성',
)

/** Reasons of an application, and of a network with restricted access. */
const GIVES_OTHER_REASON =
  /\b[cx]srf\b|cross-site|\bdns\b|\bapi[ -]?keys?\b|\b(?:credentials?|privileges?|scopes?|roles?|quotas?)\b|\b(?:corporate|company|campus|intranet|internal|office|staff|employees?)\b|\b(?:subscription|subscribers?|your plan|upgrade)\b/

/** Whether a short text refuses, and for a reason that concerns the client. */
export function refusesWithReason(said: string): boolean {
  return REFUSES.test(said) && GIVES_REASON.test(said) && !GIVES_OTHER_REASON.test(said)
}

/** Behaviour of a client; never the fault of a server that is overloaded or cannot parse the request. */
const BEHAVES_SO =
  /suspicio|malicious|\bautomated (?:quer|request|tool|traffic|access|quest)|unusual (?:traffic|activity|request)|\b(?:ro)?bots?\b|scrap(?:er|ing)|crawl(?:er|ing)?s?\b|(?:from|in) your (?:country|region|location)|\bspam|\bwaf\b|modsecurity|\b(?:your|this) ip\b|\bvpns?\b|hack/

/** Whether a short text blames the client's behaviour. */
export function blamesClient(said: string): boolean {
  return BEHAVES_SO.test(said) && !GIVES_OTHER_REASON.test(said)
}

/** Whether a short text refuses because of the client's behaviour, even where the status means something else. */
export function refusesBehaviour(said: string): boolean {
  return BEHAVES_SO.test(said) && refusesWithReason(said)
}

/** Whether a short text refuses. */
export function refuses(said: string): boolean {
  return REFUSES.test(said)
}

const CHECKS_VISITOR = near(
  /\b(?:check|verif|validat|examin|inspect|analy[sz])ing\b|\b(?:is|are|being) (?:checked|verified|validated|analy[sz]ed)|\bwe (?:check|verify|validate)/,
  /\b(?:browser|visitor|visit|human|(?:ro)?bot|crawler)\b/,
  'prüfen | geprüft | überprüf | vérifi | comproba | comprueb | verific | controll | sprawdza | weryfik | проверя | проверк | провер | перевір | kontrol | doğrul | kiểm tra | xác minh | memeriksa | memverifikasi | 检查 | 检测 | 验证 | 檢查 | 驗證 | 確認 | チェック | 확인 | 검사 | بررسی | التحقق | فحص | בודק | ตรวจสอบ | controler | ελέγχ | έλεγχ | ověř | over',
  'browser | besucher | mensch | navigateur | visiteur | humain | navegador | visitante | humano | przeglądark | człowiek | браузер | человек | tarayıcı | ziyaretçi | insan | trình duyệt | peramban | manusia | 浏览器 | 瀏覽器 | 访客 | 真人 | 环境 | ブラウザ | 브라우저 | مرورگر | متصفح | דפדפן | เบราว์เซอร์ | prohlížeč | böngésző | selain | webbläsare | nettleser | φυλλομετρητ',
)

/** Whether a short text says that the visitor or the browser is being checked. */
export function checksVisitor(said: string): boolean {
  return CHECKS_VISITOR.some((pattern) => pattern.test(said))
}

/** Stems of one list with stems of another in the same sentence, in either order. */
function near(check: RegExp, object: RegExp, checks: string, objects: string): readonly RegExp[] {
  const any = (words: string) => [...new Set(words.split(' | ').flatMap(spellings))].join('|')
  const checking = `(?:${check.source}|${any(checks)})`
  const checked = `(?:${object.source}|${any(objects)})`
  return [new RegExp(`${checking}[^.!?]{0,80}${checked}`), new RegExp(`${checked}[^.!?]{0,80}${checking}`)]
}

function stems(english: RegExp, ...others: readonly string[]): RegExp {
  const words = others.flatMap((list) => list.split(' | ')).flatMap(spellings)
  return new RegExp([english.source, ...new Set(words)].join('|'))
}
