import type { Idea } from "./cues.ts";

/**
 * The same ideas in other languages, without accents; `word*` is all words that begin so. Chinese and Japanese are written without spaces, so
 * theirs are found anywhere. In the order German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian, Turkish, Swedish, Korean.
 */
export const CUES_ABROAD: Readonly<Partial<Record<Idea, string>>> = {
  repair: `behebe*, beheb, reparier*, korrigier*, fixen, beseitig*, berichtig*, corrige*, corrigir*, corriger, repare*, reparer, resou*, arregl*,
    soluciona*, consert*, resolv*, sistema, sistemare, correggi*, ripara*, risolv*, herstel*, repareer*, verhelp*, oplossen, los op, napraw*, popraw*,
    исправ*, почин*, устран*, duzelt*, gider*, onar*, rätta, fixa, atgarda, 고쳐*, 수정*`,
  tweak: `umbenenn*, andern, andere, entfern*, losch*, aktualisier*, erhoh*, verringer*, setze, setz, hochziehen, anheb*, austausch*, ersetz*, renomm*,
    supprim*, retire*, change*, mets a jour, mettre a jour, augment*, cambia*, elimina*, borra*, quita*, actualiza*, renombra*, aumenta*, sube*,
    altera*, alterar, remov*, renomei*, atualiza*, mudar, muda, trocar, rimuov*, rinomin*, aggiorn*, modific*, sostitui*, verwijder*, hernoem*,
    wijzig*, verander*, zet de, verhoog*, zmien*, usun*, zaktualiz*, zwieksz*, podnies*, удал*, переимен*, обнов*, измен*, увелич*, убер*, убрать, замен*,
    kaldir*, degistir*, guncelle*, sil, yukselt*, artir*, ta bort, andra, byt, 변경*, 삭제*, 업데이트*`,
  create: `hinzufug*, fuge, fug, erganz*, einfuhr*, implementier*, einbau*, baue, erstell*, anbind*, integrier*, wir brauchen, schreib*, ajout*, cre*er, cree,
    implement*, integr*, permettre, mettre en place, anade*, anad*, agrega*, agregar, crea, crear, permit*, necesitamos, adicion*, cria*, criar,
    precisamos, aggiung*, creare, consent*, serve una, toevoeg*, voeg, maak, invoer*, dodaj*, stworz*, utworz*, wprowadz*, zaimplement*, umozliw*,
    potrzebujemy, добав*, созда*, реализ*, внедр*, сдела*, нужн*, ekle*, olustur*, istiyoruz, lagg till, skapa, infor, 추가*, 구현*, 만들*`,
  build:
    "entwickl*, bauen, aufbau*, construi*, developp*, construir, desarroll*, desenvolv*, costrui*, svilupp*, bouw*, ontwikkel*, zbudow*, zbuduj*, budow*, разработ*, построи*, gelistir*, insa, kur*, bygg*, utveckl*, 개발*, 구축*",
  rework: `umstell*, migrier*, refaktor*, umbau*, uberarbeit*, optimier*, verbesser*, modernisier*, beschleunig*, mach die, migrer, refactoris*, restructur*,
    optimis*, amelior*, remplac*, refondre, migrar, migra, refactoriz*, reestructur*, mejora*, reemplaz*, optimiza*, refator*, melhora*, substitu*,
    otimiz*, reestrutur*, migrare, rifattorizz*, ristruttur*, miglior*, ottimizz*, migreer*, refactor*, herstructur*, verbeter*, optimalis*, vervang*, omzetten, zmigr*,
    przebud*, zrefaktor*, ulepsz*, usprawn*, przepisz*, przyspiesz*, zoptymaliz*, zastap*, перепис*, рефактор*, мигр*, перевед*, перенес*, улучш*,
    оптимиз*, ускор*, yeniden, tasi*, iyilestir*, hizlandir*, optimize, flytta, forbattr*, 개선*, 리팩*, 마이그레이션*`,
  explore: `untersuch*, herausfind*, analysier*, prufe, besser, irgendwie, etudi*, analys*, investig*, averigu*, analiz*, analis*, indag*, onderzoek*, beter,
    uitzoek*, zbadaj*, sprawdz*, исслед*, выясн*, разобра*, arastir*, incele*, undersok*`,
  decompose:
    "zerleg*, aufteilen in, decoup*, decompos*, descompo*, divid*, scompo*, opsplits*, podziel*, разбе*, разбить, bol*, 분해*",
  operate:
    "starte, starten, ausfuhr*, ausroll*, fuhre, durchfuhr*, trainier*, launchen, lance*, lancer, deploy*, execut*, entrain*, ejecuta*, lanza*, desplieg*, despleg*, executa*, lanca*, implanta*, lancia*, esegui*, avvia*, uitvoer*, voer, uruchom*, wdroz*, wykon*, запуст*, разверн*, выполн*, calistir*, baslat*, dagit*, kor, 실행*, 배포*",
  fault: `fehler*, absturz*, sturzt, kaputt, falsch*, funktioniert nicht, geht nicht, fehlt, hangt, defekt, doppelt, erreur*, plante, bogue*, casse, ne fonctionne pas, ne marche
    pas, faux, fausse, manquant*, echou*, error*, fallo*, falla, roto, rota, no funciona, cuelga, equivocad*, incorrect*, erro, erros, quebrad*, nao funciona,
    falha*, trava, errad*, errore*, errori, rotto, rotta, non funziona, sbagliat*, fout, fouten, foutmelding, kapot, werkt niet, crasht, verwissel*, verkeerd, blad, bledu, bledy, bledny, bledna, nie dziala, wywala,
    zepsut*, zle, ошибк*, падает, слома*, не работает, неправил*, неверн*, вылетает, баг, hata*, hatasi, bozuk, calismiyor, cokuyor, yanlis, fel, trasig, fungerar inte, kraschar, 오류*, 버그*, 에러*, 안 됨`,
  expected:
    "statt, stattdessen, sollte, au lieu, en lugar, en vez, em vez, deveria, invece, in plaats van, zamiast, powinno, powinien, вместо, должно, должен, yerine, istallet",
  slight: `tippfehler, rechtschreib*, schreibfehler, kommentar, uberschrift, beschriftung, farbe, faute, coquille, couleur, libelle, errata, ortograf*, comentario, titulo, etiqueta, color del, cor do,
    erro de digitacao, versao, refuso, commento, etichetta, colore, typefout, tikfout, spelfout, kleur, opmerking, literowk*, komentarz, kolor, wersj*, опечатк*, комментар*, цвет, верси*, заголов*, yazim,
    imla, yorum, renk, surum, stavfel, farg, 오타*, 주석*`,
  part: `seite, anmeldung, schaltflache, funktion, suche, formular, benachrichtig*, filtr*, page de, connexion, bouton, recherche, formulaire, fonctionnalite, pagina, boton, busqueda, inicio
    de sesion, funcionalidad*, botao, tela, relatorio*, pulsante, ricerca, funzion*, schermata, knop, zoek*, functie, inlog*, strona, stron*, przycisk, wyszukiw*, logowan*, funkcj*, страниц*, кнопк*, поиск,
    вход, авторизац*, функц*, уведомлен*, sayfa*, buton*, arama, giris, ozellik, filtre, sida, knapp, 페이지*, 로그인*, 기능*, 버튼*`,
  whole: `plattform*, portal*, system*, gesamtsystem, onlineshop, plateforme, systeme, boutique en ligne, logiciel, plataforma, sistema de, tienda en linea, aplicacion, loja virtual, aplicativo, piattaforma, sistema
    di, gestionale, negozio online, systeem, webwinkel, applicatie, platforma, platforme, systemu, sklep internetowy, aplikacj*, платформ*, систем*, приложени*, магазин, маркетплейс, platformu, sistemi, uygulama*,
    eksiksiz, ett system, webbutik, 플랫폼*, 시스템*, 앱*, 쇼핑몰*`,
  large: `komplett*, vollstandig*, von grund auf, gesamt*, ganze*, unternehmensweit*, von null, complet*, entier*, de zero, a partir de zero, toute l'entreprise, completo, completa, desde cero, entera, entero,
    toda la empresa, do zero, inteir*, toda a empresa, completo, da zero, intera, intero, tutta l'azienda, volledig*, compleet, complete, vanaf nul, helemaal, hele, kompletn*, od zera, od podstaw, calego, cala,
    полн*, с нуля, целик*, всей, всю, sifirdan, tam, tamamen, butun, kapsamli, fran grunden, hela, 전체*, 처음부터, 완전*`,
  little:
    "klein*, kurz, nur, bitte nur, schnell, petit*, juste, seulement, rapide, pequen*, solo, solamente, rapido, apenas, piccol*, soltanto, kleine, alleen, even, graag, maly, mala, tylko, drobn*, szybk*, маленьк*, только, быстр*, просто, kucuk, sadece, liten, bara, 작은, 만",
  wide: "uberall, uber alle, in allen, partout, en todas, em todas, ovunque, overal, wszedzie, везде, her yerde",
  counted:
    "zwei dinge, drei dinge, deux choses, trois choses, dos cosas, tres cosas, duas coisas, tres coisas, due cose, tre cose, twee dingen, drie dingen, dwie rzeczy, trzy rzeczy, две вещи, три вещи, несколько, mehrere",
  several:
    "ausserdem, zudem, und dann, folgende, aufgaben, sowie, danach, ensuite, egalement, aussi, taches, tambien, ademas, luego, tareas, tambem, alem disso, tarefas, depois, inoltre, anche, poi, compiti, daarnaast, ook, taken, ponadto, oraz, takze, zadania, также, затем, задачи, потом, ayrica, gorevler, sonra, dessutom, 그리고, 또한",
  planned:
    "den plan, der plan, nach plan, laut plan, le plan, el plan, o plano, il piano, het plan, wedlug planu, по плану, plana gore, planen",
  planning:
    "erstelle einen plan, faire un plan, haz un plan, um plano, un piano, maak een plan, zrob plan, составь план",
  wish: "wir wollen, wir mochten, ich mochte, nutzer sollen, benutzer sollen, konnen, nous voulons, j'aimerais, puissent, utilisateurs, je voudrais, queremos, necesitamos poder, quiero, usuarios, os usuarios, precisamos, gostaria, vogliamo, vorrei, utenti, possano, we willen, ik wil, gebruikers, chcemy, chce, uzytkown*, хотим, хочу, хотелось, пользовател*, нужно чтобы, istiyoruz, kullanicilar*, vi vill, anvandare, 싶*",
};

/** Chinese and Japanese (and what they share): found anywhere in a sentence. */
export const CUES_UNSPACED: Readonly<Partial<Record<Idea, string>>> = {
  repair: "修复 修正 修理 直して 直す 解决 修復 バグ修正 改正",
  tweak: "删除 削除 改成 改为 更新 変更 重命名 リネーム 移除 升级 アップデート 上げ 调整 調整 替换 置き換え 去掉",
  create: "添加 追加 新增 增加 实现 実装 创建 作成 加入 支持 対応 引入 導入 できるように 允许",
  build: "开发 開発 搭建 构建 構築 打造 作りたい 做一个",
  rework: "重构 優化 优化 迁移 移行 リファクタリング 改善 改进 重写 書き換え 高速化 統一 统一",
  explore: "调查 調査 研究 分析 検討 调研",
  decompose: "分解 拆分",
  operate: "レビュー 审查 评审 运行 実行 执行 部署 デプロイ 启动 発売 上线",
  fault:
    "错误 エラー 崩溃 クラッシュ 报错 异常 例外 不工作 无法 バグ 壊れ 失败 失敗 動かない できない 不具合 落ちる 卡死 不显示 表示されない",
  expected: "应该 而不是 はず べき 代わりに",
  slight: "错别字 拼写 誤字 脱字 タイポ 注释 コメント 文案 颜色 色を 版本 バージョン 依赖 标题 文言 超时时间 默认",
  part: "页面 ページ 画面 按钮 ボタン 登录 ログイン 功能 機能 搜索 検索 导出 导入 通知 筛选 フィルタ 权限 支付",
  whole: "平台 系统 システム プラットフォーム 商城 应用 アプリ 网站 サイト サービス 电商 小程序",
  large: "完整 完全 全部 整个 从零 ゼロから 一から 全社 企业级 大规模 大規模 統合 包括 全体",
  little: "小 只 だけ ちょっと 简单",
  several: "另外 还有 以及 また それから 任务 タスク 然后",
  wide: "所有 すべて 全て",
  wish: "希望 想要 ほしい 欲しい したい 需要",
};
