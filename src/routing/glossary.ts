import { kept, once } from "./kept.ts";
import { fold, isSlip, stem, type Word } from "./words.ts";

/**
 * What people call the things that templates are about: other words for one word of a name or a description, also in other languages.
 * `word*` stands for all words that begin so.
 */
const GLOSSARY: Readonly<Record<string, string>> = {
  review:
    "second pair of eyes, look over, look through, lgtm, durchseh*, uberpruf*, revue, relis*, relecture, revis*, rever, rivedi, recensi*, beoordeel*, nakijk*, przejrz*, sprawdz*, ревью, провер*, incele*, granska, コードレビュー, レビュー, 审查, 评审, 리뷰",
  code: "changes, changed, diff, branch, pull request, pr, merge, anderungen, modifications, cambios, alteracoes, modifiche, wijzigingen, zmiany, kod, kodu, code, codigo, codice, код*, изменени*, コード, 差分, 代码",
  product:
    "produkt*, produit*, product*, prodott*, producto*, produto*, товар*, продукт*, urun*, 商品, 产品, 製品, 신제품, listing, amazon, asin",
  launch:
    "launch*, lanc*, lanz*, einfuhr*, lancer, wprowadz*, запуск*, запуст*, lansman, piyasa*, 発売, 上架, 上市, 发布, ローンチ, 출시, bringing, going live, go live",
  market: "markt*, marche, mercado, mercato, rynk*, rynek, рынк*, рынок, pazar*, 市場, 市场, 시장",
  campaign: "kampagn*, campagn*, campan*, kampan*, кампани*, 广告, キャンペーン, 캠페인, ads",
  strategy: "strateg*, стратег*, strateji*, 戦略, 战略, 전략",
  quarterly:
    "quarter, quarters, quart*, trimest*, kwarta*, kwartal*, квартал*, ceyrek*, 四半期, 季度, 분기, q1, q2, q3, q4",
  refresh:
    "renew, update, evolve, revisit, auffrisch*, aktualis*, actualis*, actualiz*, atualiz*, aggiorn*, vernieuw*, odswiez*, обнов*, guncelle*, yenile*, 見直し, 更新, 刷新, 갱신",
  crisis:
    "kris*, crise, crisi, kryzys*, кризис*, kriz*, 危機, 危机, 위기, emergency, collapsed, collapse, plummeted, plummet, bleeding, tanked, tanking, crater*, notfall, urgence, urgencia, eingebrochen, help, save, rescue, dropped to zero, crashed overnight, through the floor, chute, desplom*, acos",
  response:
    "respond, react, recover, save, rescue, find out why, diagnose, what could help, ways out, counter*, gegenmass*, reagi*, counteract, 対応, 应对",
  trouble: "collapsed, bleeding, dropped, gone, plummeted, tanked, losing, costs us, eingebrochen, problem",
  cause: "find out why, reason, diagnose, ursache*, cause*, causa*, oorzaak, przyczyn*, причин*, neden*, 原因",
  account:
    "konto*, werbekonto, compte, cuenta, conta, account, rekening, kont*, аккаунт*, кабинет*, hesap*, hesab*, アカウント, 账户, 계정, ad account, ads",
  model: "modell*, modele, modelo, modello, model*, модел*, モデル, 模型, 모델, recommender, classifier",
  train:
    "retrain, trainier*, entrain*, entren*, trein*, addestr*, train*, trenow*, wytren*, обуч*, egit*, 学習, 訓練, 训练, 학습",
  evaluate: "auswert*, evalu*, bewert*, valut*, ocen*, оцен*, degerlendir*, 評価, 评估",
  register: "registr*, publish, zarejestr*, регистр*, зарегистр*, kayd*, 登録, 注册",
  data: "daten, donnees, datos, dados, dati, gegevens, dane, danych, данн*, veri*, データ, 数据",
  extract: "extrah*, extrai*, extra*, pull, fetch, export, estra*, wyciag*, извле*, cikar*, 抽出, 提取",
  transform: "transform*, convert, umwandeln, trasform*, przeksztal*, преобраз*, donustur*, 変換, 转换",
  load: "laden, load*, charg*, carg*, carreg*, caric*, zaladu*, загруз*, yukle*, ロード, 加载, import",
  deploy:
    "roll out, rollout, ship, release, ausroll*, ausliefer*, deplo*, despleg*, despli*, implant*, distribu*, uitrol*, wdroz*, wdraz*, разверн*, задепло*, deploy*, dagit*, yayinla*, デプロイ, 部署, 上线, 배포",
  services:
    "microservice*, service*, dienst*, servic*, serviz*, uslug*, сервис*, микросервис*, mikroservis*, servis*, サービス, 服务, 서비스",
  pipeline: "pipeline*, ci, cd, ci/cd, パイプライン, 流水线, пайплайн*",
  branch: "zweig, branche, rama, ramo, tak, galaz*, ветк*, dal*, ブランチ, 分支",
  production:
    "prod, live, produktion, produccion, producao, produzione, productie, produkcj*, produkcyjn*, продакшн, прод, uretim, canli, 本番, 生产",
  staging: "stage, vorproduktion, preprod, ステージング, 预发",
  development: "dev, entwicklung",
  score: "threshold, schwelle, score*, seuil, puntua*, punteggio, wynik*, скор*, puan*, スコア, 分数",
  minimum: "at least, below, under, threshold, mindestens, minimal*, minim*, min, least, ab",
};

interface Meaning {
  readonly phrases: readonly string[];
  readonly starts: readonly string[];
  readonly unspaced: readonly string[];
}

const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
const meanings = once(
  () =>
    new Map<string, Meaning>(
      Object.entries(GLOSSARY).map(([word, others]) => {
        const all = others.split(",").map((one) => fold(one.trim()));
        const phrases = all.filter((one) => !one.endsWith("*") && !UNSPACED.test(one));
        const starts = all.filter((one) => one.endsWith("*")).map((one) => one.slice(0, -1));
        return [stem(word), { phrases, starts, unspaced: all.filter((one) => UNSPACED.test(one)) }];
      }),
    ),
);

/** The word of a text that means `root`, a stem; `undefined` if none does. */
export function meaningOf(root: string, words: readonly Word[], folded: string): string | undefined {
  const known = met.get(words) ?? new Map<string, string | undefined>();
  met.set(words, known);
  if (!known.has(root)) known.set(root, lookUp(root, words, folded));
  return known.get(root);
}

/** Many templates ask for the same words of the same goal. */
const met = new WeakMap<readonly Word[], Map<string, string | undefined>>();

function lookUp(root: string, words: readonly Word[], folded: string): string | undefined {
  const same = words.find(
    ({ text, stem: other }) => other === root || isCognate(other, root) || (root.length > 5 && isSlip(text, root)),
  );
  if (same) return same.text;
  const meaning = meanings().get(root);
  if (!meaning) return undefined;
  const begun = words.find(({ text }) =>
    meaning.starts.some(
      (start) => text.startsWith(start) || (start.length >= 5 && text.length >= 10 && text.includes(start)),
    ),
  );
  if (begun) return begun.text;
  const said = meaning.phrases.find((phrase) =>
    phrase.includes(" ") || phrase.includes("/")
      ? folded.includes(phrase)
      : words.some(({ text, stem: other }) => text === phrase || other === phrase),
  );
  return said ?? meaning.unspaced.find((one) => folded.includes(one));
}

/** Words that look alike in two languages: "Kampagne" and "campaign", "agresiva" and "aggressive". */
export function isCognate(left: string, right: string): boolean {
  if (left.length < 5 || right.length < 5 || initial(left) !== initial(right)) return false;
  const [one, other] = [plain(left), plain(right)];
  const longer = Math.max(one.length, other.length);
  let alike = 0;
  while (alike < longer && one[alike] !== undefined && one[alike] === other[alike]) alike++;
  return alike >= 5 && alike >= longer * 0.6;
}

const initial = (word: string): string => (word[0] === "k" ? "c" : word.startsWith("ph") ? "f" : word[0]!);
const plain = kept((word: string): string => word.replace(/k/g, "c").replace(/ph/g, "f").replace(/(.)\1/g, "$1"));
