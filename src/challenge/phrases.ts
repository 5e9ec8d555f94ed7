import { spellings } from './decode-peek.ts'

/*
 * What pages that stand in the way say, in the languages they are met in. Only ever asked of a document that is a gate;
 * on a successful one it decides only where nothing else is said.
 */

/** That the browser is being checked. */
export const SAYS_CHECKING = anyOf(
  /(?:checking|verifying|validating|examining) (?:your|the|this) (?:web ?)?browser/,
  /(?:your |the )?(?:browser|request|connection|visit) is being (?:verified|checked|validated)/,
  /(?:checking|making sure|verifying|confirming|ensuring|(?:need|have|want|like) to (?:be sure|make sure|verify|confirm|check|ensure))(?: if| that| whether)? you(?:'re| are|\u00e2\u0080\u0099re) (?:not a (?:ro)?bot|(?:a )?(?:human|real|person))/,
  /(?:checks?|ensure) that visitors are not bots|browser (?:check|verification|integrity)|ddos protection by/,
  /(?:while|until) we (?:check|verify) (?:your|that)|checking (?:browser|connection) before/,
  /^proof[- ]of[- ]work\b|(?:wait|waiting) for verification|performing (?:a |the )?(?:quick )?security (?:check|verification|challenge)/,
  'browser wird überprüft | browser wird geprüft | überprüfen ihren browser',
  'überprüfen deinen browser',
  'prüfen ihren browser | überprüfung ihres browsers | dass sie kein bot sind',
  'ob sie ein mensch sind',
  "vérification de votre navigateur | vérifions votre navigateur | vous n'êtes pas un robot",
  'vérifier que vous êtes humain | vérification que vous êtes humain',
  'comprobando su navegador | verificando su navegador | comprobando tu navegador',
  'verificando tu navegador',
  'verificando que usted es humano | verificando que eres humano | comprobando si la conexión',
  'verificando seu navegador | verificando se você é humano | verifica del browser',
  'controllo del browser',
  'browser wordt gecontroleerd | sprawdzanie przeglądarki | sprawdzamy twoją przeglądarkę',
  'проверка браузера | проверка вашего браузера | проверяем браузер | проверяем ваш браузер',
  'tarayıcınız kontrol ediliyor | tarayıcınız doğrulanıyor | đang kiểm tra trình duyệt',
  '检查您的连接 | 检查您的浏览器 | 验证您的浏览器 | 浏览器安全检查 | 检测您的浏览器 | 正在进行安全检查 | 正在验证您是否是真人',
  '檢查您的瀏覽器 | 驗證您的瀏覽器 | ブラウザを確認しています | ブラウザをチェックしています',
  '브라우저를 확인 | 사람인지 확인',
)

/** That the connection is being checked: a refusal that says so means the same, other pages measure it. */
export const SAYS_CHECKING_CONNECTION = anyOf(
  /(?:checking|verifying|validating|examining) (?:if |that |whether )?(?:your|the|this) (?:site )?(?:connection|device|request)/,
  'verificando su conexión | comprobando su conexión | verificando tu conexión | verificando sua conexão',
  'vérifions que votre connexion | vérifions votre connexion | vérification de votre connexion',
  'prüfen ihre verbindung | verbindung wird geprüft | verbindung wird überprüft | verbinding wordt gecontroleerd',
  'verifica della connessione | sprawdzanie połączenia | bağlantınız kontrol ediliyor',
  'проверка вашего соединения | проверка соединения | проверяем ваше соединение | проверяем соединение',
  '接続の安全性を確認 | 接続を確認しています | 연결을 확인',
)

/** That a person should show to be one. */
export const ASKS_PERSON = anyOf(
  /(?:solve|complete|enter|fill in|type) (?:the|this|a) (?:re)?(?:captcha|puzzle|characters|letters|code (?:below|shown))/,
  /(?:prove|verify|confirm|show|let us know)(?: to us)?(?: that)? you(?:'re| are) (?:a )?(?:human(?! resource)|person(?!al| over| aged| of)|real|not a (?:ro)?bot)/,
  /are you (?:a )?(?:human|robot)\b|\b(?:human|person) or (?:a )?(?:ro)?bot\b|\b(?:ro)?bot or (?:not\b|(?:a )?human)|i(?:'m| am) not a robot|(?:drag|move|slide) the slider|select all (?:images|squares)/,
  /check the box (?:below )?to (?:proceed|continue)|human verification required/,
  /(?:solve|complete|pass) (?:the|this|a|following) (?:security )?(?:challenge|check|verification)(?: below)? (?:to|so|before)|complete (?:the|this|a) security (?:check|verification|challenge)/,
  /(?:type|enter) the (?:text|characters|letters|code|words|numbers|digits) (?:you see|shown|(?:from|in)(?= [^.]{0,24}(?:image|picture|box|below|field))) ?|\bslide to (?:verify|continue|unlock|the right)/,
  near(
    'prouvez | prouver | confirmez | confirmer | demuestre | demuestra | confirme | confirma | verifique | prove que | bevestig | potwierdź | подтвердите | докажите | підтвердіть | conferma | dimostra | bestätigen | bestätige | beweisen | bekräfta | doğrulayın | xác nhận',
    'robot | robô | humain | humano | umano | mens | człowiek | человек | робот | людина | människa | menneske | insan | người',
  ),
  near(
    'complete | completa | resuelva | resuelve | efectúe | terminez | complétez | effectuez | relevez | schließen sie | completi | voltooi | rozwiąż | wykonaj | ukończ | пройдите | выполните | пройдіть | doğrulamayı | hoàn thành | hoàn tất | selesaikan | dokončete | dokončite | slutför',
    'desafio | desafío | verificação | verificación | vérification | défi | sicherheitsprüfung | sicherheitsabfrage | verifica di | sfida | verificatie | zadanie | weryfikacj | проверку | задание | перевірку | tamamla | xác minh | verifikasi | ověření | overenie | verifiering',
  ),
  'kod z obrazka | code de l’image | código de la imagen | código da imagem | codice dell’immagine | bilderrätsel | schieberegler | トレースしてください | パズルを | スライダー | ロボットではない | ロボットによるアクセスではない | 아래 문자를 입력 | 그림 문자 | 퍼즐을 | لست روبوت | أنك لست | ربات نیستید | ไม่ใช่หุ่นยนต์ | אינך רובוט | δεν είστε ρομπότ',
  '完成验证 | 完成驗證 | 表示されている文字を入力 | 画像の文字を入力',
  'ich bin kein roboter | lösen sie das captcha | löse das captcha | captcha gelöst',
  'zeichen aus dem bild',
  'geben sie die zeichen | bestätigen sie, dass sie ein mensch | bestätige, dass du ein mensch',
  'je ne suis pas un robot | êtes-vous un robot | résoudre le captcha | saisissez les caractères',
  'no soy un robot | resuelva el captcha | complete el captcha | não sou um robô',
  'non sono un robot',
  'ik ben geen robot | nie jestem robotem | ben robot değilim | tôi không phải là người máy',
  'я не робот | вы не робот | а не робот | введите символы | код с картинки',
  '验证按钮 | 在您验证完成前 | 请完成验证 | 完成安全验证 | 完成下方验证 | 拖动滑块 | 拖动下方滑块 | 拖动左侧滑块 | 按住滑块 | 人机验证 | 滑动验证',
  '进行如下验证 | 人机身份验证 | 验证码拦截 | 验证码中间页 | 验证中间页 | 安全验证 | 访问验证 | 請完成驗證 | 我不是機器人 | 我不是机器人',
  '私はロボットではありません | ロボットではないこと | 로봇이 아닙니다 | 자동 입력 방지',
)

/** That this client, and not what it asked for, is what is refused. */
export const SAYS_REFUSED = anyOf(
  /you(?:'ve| have)? been (?:temporarily |permanently )?(?:blocked|banned|blacklisted)|you are (?:blocked|banned)/,
  /\b(?:ip|ip address|request|visit|connection|device|network|country|region|access)(?: \(?[\d.:a-f]{3,45}\)?)?(?: to [\w .-]{1,60})? (?:has been|have been|was|is|were|are) (?:temporarily |permanently |automatically )?(?:blocked|banned|blacklisted|intercepted|rejected by (?:[\w'-]{1,20} ){0,3}(?:firewall|security|waf|server|system|site|website|administrator|polic|filter|rule))/,
  /(?:has |have |was |is |been )?(?:blocked|banned|rejected|intercepted) (?:by|because of|due to|for) (?:our |the |a |this )?(?:[a-z0-9.-]{1,30} )?(?:web application |site |website's |website )?(?:firewall|security|waf|network policy|bot|anti-?bot|suspicious|automated|malicious)/,
  /(?:suspicious|unusual|malicious|abusive|abnormal) (?:activity|behaviou?r|traffic|requests?)/,
  /\b(?:automated|bot|robotic|scripted)[ _](?:access|requests?|traffic|quer(?:y|ies)|activity|tools?|detected|blocked)/,
  /looks? (?:automated|like a (?:ro)?bot)|(?:vpn|proxy|tor)(?: server)?(?:,)? (?:or|and|\/) (?:a )?(?:vpn|proxy|tor|anonymi[sz]er)|(?:vpn|proxy)(?: usage)? (?:detected|blocked)/,
  /(?:disable|disconnect from|turn off|switch off) (?:your |any |the )?(?:vpn|prox)/,
  /\b(?:your|this) (?:ip|ip address|network|address|connection|browser|device|request|client)\b[^.!?]{0,60}\b(?:flagged|blacklisted|(?:identified|recogni[sz]ed|classified|marked|detected) as)\b/,
  /flagged (?:your|this) (?:request|ip|connection|browser|activity|session)|(?:identified|flagged|detected|classified) as (?:an? )?(?:\w{1,16} )?(?:malicious|automated|(?:ro)?bot|crawler|spammer|attacker|threat)/,
  /(?:from|in) your (?:location|country|region|area|ip|ip address|network|isp|address) (?:is|are|has been) (?:restricted(?! to)|not (?:allowed|permitted|available)|prohibited|limited|forbidden|denied)/,
  /(?:cannot|can't|unable to|do not|don't) (?:serve|allow|accept|offer|permit|provide)[^.!?]{0,60} (?:from|in) (?:your (?:country|region|location)|data ?cent|hosting|cloud|vpn|prox)/,
  /(?:cannot|can't|not) be (?:visited|accessed|reached|viewed|opened) from your/,
  /(?:hosting (?:providers?|compan)|data ?cent(?:er|re)s?|vpns?|cloud providers?)[^.!?]{0,40} (?:not allowed|blocked|banned|not permitted|denied)/,
  /(?:appear|seem|detected|noticed|think|believe)[^.!?]{0,40} (?:vpn|prox(?:y|ies)|tor)\b/,
  /\b(?:crawling|scraping|crawlers?|scrapers?|robots?|bots?|spiders?|bot traffic)\b[^.!?]{0,40}(?:not (?:allowed|permitted|welcome)|prohibited|forbidden|denied|detected)/,
  /\b(?:excessive|automated|mass|systematic) (?:(?:or|and) \w{1,16} )?(?:download(?:s|ing)?|access|requests?|traffic|usage|crawling|querying)\b/,
  /potentially (?:dangerous|malicious|harmful) (?:request|activity|traffic)/,
  /\b(?:ip|country|geo|region|bot|waf|vpn|proxy|asn)[_ -]?(?:is[_ -]?)?(?:blocked|banned|blacklisted|restricted|not[_ -]allowed)\b|\bblocked_by_\w{0,20}(?:waf|firewall|security|bot)/,
  /\bip(?: address)?(?: [\d.:a-f]{3,45})? (?:is |has been )?(?:not (?:allowed|permitted|authori[sz]ed|whitelisted)|denied|refused|restricted)/,
  /(?:unable|not able) to (?:give|grant|provide|allow|offer) you (?:with )?(?:access|entry)|anonymous proxy/,
  /\b(?:set|include|provide|identify|send|use) (?:[\w`'-]{1,16} ){0,4}`?user[- ]agent\b|user[- ]agent\b[^.!?]{0,60}(?:blocked|banned|not allowed|forbidden)/,
  /not (?:currently )?available outside (?:of )?(?:the )?\w|not available (?:in|from|for) your (?:country|region|location)|access from your (?:country|region|location|area)/,
  'anfrage wurde blockiert | zugriff wurde blockiert | zugriff wurde gesperrt',
  'ip-adresse wurde gesperrt',
  'vorübergehend gesperrt | ungewöhnliche aktivität | verdächtige aktivität',
  'automatisierte anfragen',
  'votre accès a été bloqué | votre accès a été limité | accès temporairement restreint',
  'activité inhabituelle',
  'votre adresse ip a été | acceso ha sido bloqueado | actividad inusual | actividad sospechosa',
  'acesso foi bloqueado | atividade suspeita | accesso è stato bloccato | attività sospetta',
  'ip wurde gesperrt | ip-adresse wurde blockiert | adresse ip a été bloquée | ip ha sido bloqueada',
  'ip è stato bloccato | ip foi bloqueado | ip-adres is geblokkeerd | adres ip został zablokowany',
  'доступ ограничен | доступ заблокирован | запрос заблокирован | доступ к сайту временно',
  near(
    'ваш ip | ip-адрес | доступ к сайту',
    'заблокирован | ограничен | запрещен | запрещён | черном списке | чёрном списке',
  ),
  'подозрительная активность',
  '黑名单 | 黑名單 | 限制访问 | 被限制 | 行为存在异常 | 不正なアクセス | 不審なアクセス | 비정상적인 접근 | 비정상적인 요청',
  '异常请求 | 访问异常 | 网络环境异常 | 访问被拦截 | 访问被阻断 | 疑似攻击 | 请求已被拦截 | 请求被拦截 | 访问请求被拒绝 | 安全风控 | 访问已被拦截 | ip被封 | 已被封禁 | 访问受限',
  'アクセスがブロック | アクセスを制限 | アクセスが制限 | 접근이 차단 | 접속이 차단 | erişiminiz engellendi',
)

/** That the request was blocked, in so many words: narrower than the above, and true of refusals with any status. */
export const SAYS_BLOCKED = anyOf(
  /\b(?:request|access|connection|visit|action|activity|attempt|content|ip|address|url|page|session|device|client|browser|network|response)\b[^.!?]{0,80} (?:has been|have been|was|were|is|are|being) (?:\w{1,12}ly )?(?:being )?(?:blocked|banned|blacklisted|intercepted)\b/,
  /\b(?:request|access|connection|ip|page) (?:is )?blocked\b/,
  /\bblocked (?:by|in accordance|due to|because|for|to protect) [^.!?]{0,60}(?:security|polic(?:y|ies)|firewall|waf|rules?|administrator|webmaster|protection)/,
  /\b(?:we|firewall|server|system|site) (?:have |has |had )?(?:\w{1,14}ly )?blocked (?:access|your|this|the|you)\b/,
  /\bblocked (?:your|this|the) (?:request|access|connection|visit|ip)\b/,
  /you (?:were|are being|got|have been|'ve been) (?:temporarily |permanently )?(?:blocked|banned)/,
  /\b(?:denied|rejected|refused|stopped) by (?:[\w'-]{1,20} ){0,4}(?:firewall|waf|security)\b/,
  /\b(?:attempted|potential|possible|suspected) (?:attack|hack|intrusion|exploit)|look(?:s|ed)? like an? (?:attack|hack)/,
  /(?:attack|intrusion|exploit|injection|hacking)(?: attempts?)? (?:has been |have been |was |were )?(?:detected|blocked|prevented)/,
  /(?:denied|rejected|refused|stopped|disallowed)(?: \w{1,20}){0,6} security (?:reasons?|rules?|polic|purposes?|system|service|solution|filter|violation)/,
  /security (?:rules?|polic\w{1,4}|reasons?|system|service|solution|filter)[^.!?]{0,80}(?:blocked|denied|rejected|refused)/,
  /(?:application firewall|spam ?firewall|web firewall|\bwaf)\b[^.!?]{0,60}(?:blocked|activated|denied|rejected|stopped)/,
  /(?:triggered|violat\w{1,4}) (?:[\w']{1,16} ){0,5}(?:security (?:rule|polic|solution|filter)|firewall|\bwaf\b)/,
  /\bfirewall (?:has |have )?(?:denied|rejected|stopped|dropped)\b/,
  near('firewall | sicherheitsgründen | sicherheitssystem', 'abgelehnt | verweigert'),
  near('abgelehnt | verweigert', 'firewall | sicherheitsgründen | sicherheitssystem'),
  near('raisons de sécurité | pare-feu', 'refus | rejet'),
  near('rechazad | denegad', 'firewall | seguridad | cortafuegos'),
  near('rejeitad | negad | recusad', 'firewall | segurança'),
  near('rifiutat | respint | negat', 'firewall | sicurezza'),
  near('anfrage | zugriff | ip-adresse | verbindung | angriff', 'blockiert | gesperrt | abgewiesen'),
  near('requête | accès | adresse ip | connexion', 'bloqué | rejetée'),
  near('petición | solicitud | acceso | dirección ip | conexión', 'bloquead'),
  near('requisição | solicitação | acesso | endereço ip | pedido', 'bloquead'),
  near('richiesta | accesso | indirizzo ip | connessione', 'bloccat'),
  near('verzoek | toegang | ip-adres', 'geblokkeerd'),
  near('zapytanie | żądanie | dostęp | adres ip', 'zablokowan'),
  near('požadavek | přístup', 'zablokován | blokován'),
  near('begäran | åtkomst', 'blockera'),
  near('istek | isteğiniz | erişim | ip adresi', 'engellen | bloke'),
  near('запрос | доступ | ip-адрес | ваш ip | подключение', 'заблокирован | отклонен | отклонён'),
  near('запит | доступ', 'заблоковано'),
  near('请求 | 访问 | 操作 | ip', '阻断 | 拦截 | 封禁 | 屏蔽'),
  near('請求 | 存取 | 訪問 | 連線', '封鎖 | 阻擋 | 攔截'),
  near('アクセス | リクエスト', 'ブロック | 遮断'),
  near('요청 | 접근 | 접속', '차단'),
  near('yêu cầu | truy cập', 'bị chặn'),
  near('permintaan | akses', 'diblokir'),
  near('kérés | ip-cím | hozzáférés', 'letilt | tiltva | blokkol'),
  near('cererea | accesul | adresa ip', 'blocat'),
  near('pyyntö | pääsy | ip-osoite', 'estetty'),
  near('anmodning | adgang | forespørsel | tilgang | ip-adresse', 'blokeret | blokkert'),
  near('αίτημα | πρόσβαση | διεύθυνση ip', 'αποκλει | μπλοκ'),
  near('בקשה | בקשתך | גישה', 'נחסמ | חסומ'),
  near('คำขอ | การเข้าถึง', 'ถูกบล็อก | ถูกระงับ'),
  'تم حظر | تم حجب',
  '拦截提示 | 拦截详情 | 黑客攻击',
)

/** That too much was asked. */
export const SAYS_TOO_MUCH = anyOf(
  /\b(?:request|rate|query|api|download|search|crawl)s?[ -]?(?:rate )?(?:limit|threshold|quota)s? ?(?:has been |was |is )?(?:exceeded|reached)/,
  /\b(?:exceeded|exceeds|reached|hit) (?:(?:the|your|our|its|a|an|maximum|allowed|allowable|permitted|secondary|hourly|daily|api) ){0,3}(?:request|rate|crawl|query)s?[ -]?(?:limit|rate|threshold|quota)/,
  /\brequest rate\b[^.!?]{0,40}(?:exceed|too high|threshold)|\brate exceeded\b|\btoo ?many ?requests/,
  /\b(?:exceeded|reached) the (?:maximum|allowed) (?:number of )?(?:requests|calls|queries)|daily ?limit ?exceeded|quota ?exceeded/,
  /(?:sending|making|sent) (?:too many )?requests too (?:quickly|fast|often)/,
  'zu viele anfragen | trop de requêtes | demasiadas solicitudes | demasiadas peticiones | muitas solicitações',
  'troppe richieste | te veel verzoeken | zbyt wiele żądań | слишком много запросов | çok fazla istek',
  '请求过于频繁 | 访问过于频繁 | 访问太频繁 | 操作过于频繁 | 請求過於頻繁 | リクエストが多すぎ | 요청이 너무 많',
)

/** That something else is blocked: what a person owns or wrote, a person by another, or what a browser lets through. */
export const SAYS_OTHER_BLOCKED = anyOf(
  /\b(?:account|user|profile|card|payment|subscription|order|membership|wallet|repository|file|comment|message|link|transaction|upload|email|cookies?|pop-?ups?|javascript|scripts?|ads?)(?: access)? (?:\w{1,12} ){0,2}(?:blocked|banned|suspended|locked|disabled)\b/,
  /\bblocked (?:your |the )?(?:account|user|card|cookies|pop-?ups?|javascript|ads)\b|\bblocked (?:by|because) (?:this|the|that|another|your) (?:user|member|author|owner|person|bank|invoice|subscription)/,
  /\b(?:merge|push|commit|pull request|build|pipeline|deployment|workflow|release)\b[^.!?]{0,40}\bblocked\b|\byour (?:comment|message|post|reply|review|upload|file|e-?mail)\b[^.!?]{0,60}\b(?:spam|blocked|rejected)\b/,
  /\b(?:banned|blocked) from (?:posting|editing|commenting|sending|messaging|following|replying|voting|uploading|creating|performing)\b/,
  /\baccess denied for user\b|(?<!\b(?:to|by) (?:this|the|our) )\b(?:app|application|device|extension|add-?on|plugin) (?:is |was |has been )?blocked\b/,
  /\b(?:banned|blocked) from (?:this|the) (?:channel|group|server|guild|chat|room|community|forum)/,
  near(
    'konto | compte | cuenta | sua conta | conta foi | conta está | аккаунт | учетная запись | 账号 | 帐号 | 账户 | 帳號 | アカウント | 계정 | hesab',
    'gesperrt | blockiert | bloqu | заблокирован | 封禁 | 停用 | 停止 | 차단 | 정지 | kapatıl',
  ),
  // Who lacks a right is known by name: an application says so, and not a firewall.
  'yetkiniz yok | yetkiniz bulunmamaktadır | keine berechtigung | nicht die berechtigung | nie masz uprawnień | brak uprawnień | nemáte oprávnění | inte behörighet | недостаточно прав | нет прав доступа | недостатньо прав',
)

/** Words of one list with words of another shortly after, in one sentence. */
function near(first: string, second: string): RegExp {
  const any = (words: string) => words.split(' | ').flatMap(spellings).map(literal).join('|')
  return new RegExp(`(?:${any(first)})(?:[^.!?]|\\.[^ ]){0,100}(?:${any(second)})`)
}

/** One pattern of patterns (without nested repeats) and of phrases, parted by ` | `, with and without a capital. */
function anyOf(...parts: readonly (RegExp | string)[]): RegExp {
  const sources = parts.flatMap((part) =>
    part instanceof RegExp ? part.source : part.split(' | ').flatMap(spellings).map(literal),
  )
  return new RegExp(sources.join('|'))
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
