// Made by `npm run bench fit-routing write` from the tuning goals; edit goals, and fit anew.

/** The words that several of them begin with: mostly verbs that ask, in the languages in which people ask. */
export const BEGINNINGS = `
accessibility add aggiorna aggiungere all allow als any api app autoscaling avatar backups battery before beim better bitte blue
bouw break broken bug build bump byt cache can change changelog chnage cho ci class clean clone code comments compile contract
convert cookie correct corrige corriger could cover create creer criar crisis csv customers dark data dates de dear default delete
dependabot deploy design develop discount do docs document does double drop en encrypt epic erp error escape every everything
export extract favicon feature feedback first fix footer from full generate get gift give go greenfield guests half have hay hello
helm hey hi how i'd i'm implement import improve inline introduce it'd it's just kick kunden lagg lance launch let let's live load
log login logo look make may merge mettre microservices-deploy migrar migrate migration missing ml modo more move n+1 na
necesitamos need new nightly no nobody not notes offline ok okay onboarding one open opening panic passkeys password pentest
people permettre pin pipeline plan pleas please pls plz po podbij popraw por port postgres prepare preview print product
property-based pull put quarterly que queremos quero quick quiero raise rate read readme rebuild recurring reescrever refactor
refresh regression release remove rename replace revert review rewirte rework rewrite right roll rotate run sales scrolling search
seat secrets serach serve session set ship should shouldn't show simple since single small smart so something sort split spring
staging start steps store support swap switch take tasks teh telemedicine terraform test tests text there's three ticket tidy tiny
todo tooltip tooltips traceback train turn two two-factor type typeerror typo typo-tolerant uber uncaught undo unify unit untangle
update upgrade use users v version vi video vision visual voice vorrei waiting waitlist we'd we're we've webhooks what where who
why would wouldn't write wrong xay yo zbudujcie zero zmien το в кнопка нужна нужно после потрібна сделать створити у زر نريد
`;
