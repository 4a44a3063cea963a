// `npm run bench fit-routing write` writes this file from the tuning goals in bench/routing/goals. Edit the goals and fit again.

/** The words that several goals begin with: mostly verbs that ask, in the languages in which callers write. */
export const OPENERS = `
accessibility ad add adicionar aggiorna aggiungere aggiungi ajouter all allow als anade any api app arregla autoscaling avatar
backups battery before beim better bitte blue both bouw break broken bug bugs build bump byt cache cambia can can't change
changelog chnage cho ci class clean clicking clone code comments como compile contract convert cookie correct corrige corriger
corrigir could cover crash create creer criar crisis csv customers dark data date dates de dear default delete dependabot deploy
desarrollar design develop discount do dockerfile docs document dodaj does double drop ejecuta en encrypt epic erp error escape
every everything export extract favicon feature feedback first fix footer from full generate get gift give go greenfield guests
half handle have hay hello helm hey hi how i'd i'm images implement implment import improve increase inline integrate introduce
it'd it's just keyerror kick kunden lagg lance launch let let's live load log login logo look make may mention merge mettre
microservices-deploy migrar migrate migration missing ml modo more move n+1 na necesitamos need new nightly no nobody not notes
notifications npm offline ok okay onboarding one open opening panic passkeys password payment pentest people permettre pin
pipeline plan pleas please pls plz po podbij popraw por port postgres prepare preview print product property-based pull put
quarterly que queremos quero quick quiero raise rate read readme rebuild recurring reduce reescrever refactor refresh regression
release remove remvoe rename replace resolve revert review rewirte rework rewrite right roll rotate run sales save school
scrolling search seat secrets security serach serve session set ship should shouldn't show sidebar simple since single small smart
so something sort split spring sprint staging start starte steps store support swap switch system take tasks teh telemedicine
terraform test tests text there's three ticket tidy tiny tippfehler todo tooltip tooltips traceback train trocar turn two
two-factor type typeerror typo typo-tolerant uber uncaught undo unify unit untangle update upgrade use user users v version vi
video vision visual voice vorrei waiting waitlist we'd we're we've webhooks what where while who why would wouldn't write wrong
xay xss yo zbudujcie zero zmien το в добавить исправить кнопка нужна нужно после потрібна сделать створити у زر نريد
`;
