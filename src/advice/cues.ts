/**
 * What words tell of a goal. Each idea has its words; `weights.ts` says what an idea is worth where. Words are compared by stem, phrases word
 * by word, and `word*` stands for all words that begin so.
 */
export interface Cue {
  /** What a word of it does in a goal: completes `"fix" …`. */
  readonly says: string;
  /** A verb leads the sentence when it is what is asked for; anything else only stands in it. */
  readonly verb?: true;
  readonly words: string;
}

/** Phrases are separated by commas. */
export const CUES = {
  repair: {
    says: "asks for a repair",
    verb: true,
    words:
      "fix, repair, resolve, correct, patch, hotfix, debug, mend, revert, undo, roll back, escape, sanitize, sanitise, un-skip, unskip, squash, stop, prevent, catch, clamp, handle null, amend, remedy, rectify, troubleshoot, unbreak, deflake, restore",
  },
  tweak: {
    says: "asks for a small change",
    verb: true,
    words:
      "rename, bump, remove, delete, drop, adjust, tweak, increase, decrease, raise, lower, set, reword, rephrase, format, lint, pin, hide, show, align, disable, enable, inline, regenerate, turn off, turn on, switch off, switch on, change, update, upgrade, swap, sort, shorten, print, mark, clear, get rid of, deduplicate, downgrade, capitalize, lazy-load, log, comment out, uncomment, bring back, silence, ignore, exclude, extend the timeout, move the file, cover, point, strip, close, cap, use, link, trim, read, tidy, replace the, add missing, add the missing, bump up, default, whitelist, allowlist, gitignore, relabel, retitle, recolor, recolour, hardcode, halve, double, trim down, round, sort by, make optional, make it optional, typo, append, put",
  },
  create: {
    says: "asks for something new",
    verb: true,
    words:
      "add, create, implement, introduce, support, allow, provide, expose, integrate, write, let, enable users, offer, set up, setup, make it possible, make possible, encrypt, notify, recommend, dockerize, containerize, automate, embed, generate, sync, synchronize, import, export, merge duplicate, schedule, track, record, validate, cache, paginate, localize, translate, send, turn into, extend, hook up, connect, instrument, enforce, ask, bring, onboard, surface, ship a, build out, prompt users, invite, share, book, subscribe, search by, filter by, group by, bulk, preview, compare products, visualize, visualise, plot, warn users, alert, monitor",
  },
  build: {
    says: "asks to build something",
    verb: true,
    words: "build, develop, make, produce, launch, found, rebuild, establish",
  },
  rework: {
    says: "asks to rework what exists",
    verb: true,
    words:
      "refactor, restructure, redesign, rearchitect, re-architect, migrate, convert, port, extract, split, decouple, consolidate, modularize, modularise, optimize, optimise, speed up, modernize, modernise, replace, unify, separate, move from, move to, move, switch from, switch, rework, overhaul, improve, reduce, reorganize, reorganise, simplify, partition, break up, break it up, abstract, generalize, harden, secure, tune, rewrite, clean up, cut, deprecate, transition, adopt, roll out, rearrange, untangle, streamline, rethink, revamp, standardize, standardise, harmonize, normalize, denormalize, parallelize, shard, containerise, externalize, isolate, upgrade from, upgrade to react, scale, merge the",
  },
  explore: {
    says: "leaves open what is to be done",
    verb: true,
    words:
      "investigate, research, figure out, find out, explore, evaluate, propose, decide, compare, design, have a look, look into, think about, come up with, do something about, analyse, analyze, make better, better, cope, brainstorm, prototype, assess, somehow, clunky, not happy, complain, don't know, not sure, sometimes, dare",
  },
  decompose: {
    says: "asks to divide the work",
    verb: true,
    words:
      "break down, break it down, decompose, divide into, epics, epic, roadmap, work breakdown, milestones, phases, into tasks, into stories, into tickets",
  },
  operate: {
    says: "asks to run something",
    verb: true,
    words:
      "run, execute, trigger, kick off, carry out, start, deploy, ship, perform, do, review, retrain, train, launch, respond, refresh, look over, roll out, rollout, take, go through, pull",
  },
  fault: {
    says: "names a fault",
    words:
      "bug, bugs, crash, error, exception, broken, break, fail, failure, doesn't, don't work, isn't, not work, not working, stopped working, no longer, 500, 502, 503, 404, regression, wrong, incorrect, hang, hangs, leak, null pointer, nullpointerexception, npe, nan, undefined, flaky, throw, stuck, twice, typeerror, keyerror, valueerror, segfault, deadlock, race condition, can't, cannot, unable, fault, defect, glitch, freeze, missing, misaligned, off by one, off-by-one, cut off, timeout, times out, overflow, duplicate, corrupt, infinite loop, never ends, boom, does nothing, nothing happens, reset, resets, is red, unhandled, lost, disappear, vanish, stale, forever, swapped, not found, invalid, unexpected, blank, overlap, flicker, jump, sticks, stays on, keeps, denied, still, bounces, shifted, loses, lose, day off, hour off, cropped, truncated, garbled, misplaced, unreadable, unclickable, unusable, inaccessible, empty, negative, leaks, corrupted, mojibake, panic, dies, kills, oom, out of memory, rejects, ignores, refuses, skips, too early, too late, off by, double, nothing, weird, deadlocks, outdated, cryptic, 401, 403, 400, fails with, crashing, unresponsive, dead link, enoent, econnrefused, indexerror, assertion, cors error, warning",
  },
  expected: {
    says: "says what should be instead",
    words:
      "instead of, instead, should be, should just, should say, should go, should stay, should return, should not, shouldn't, it should, expected, supposed to, rather than, not 24, currently, anymore, since yesterday, after reload, after the update, again",
  },
  patch: {
    says: "is a repair",
    words: "hotfix, bugfix, fix, patch, quick fix, workaround, regression test, correction",
  },
  slight: {
    says: "is a small thing",
    words:
      "typo, misspelling, misspelt, spelling, readme, comment, label, wording, text, tooltip, color, colour, padding, margin, radius, font, icon, favicon, copyright, footer text, changelog, env var, environment variable, default, constant, semicolon, log line, log message, console.log, debug print, dependency, version, import, unused, whitespace, indentation, sentence, paragraph, link, links, placeholder, docstring, jsdoc, license, licence, heading, caption, title, string, flag, limit, threshold, test for, unit test, test case, log level, ttl, cron, annotation, attribute, index, gitignore, badge, memory limit, version number, order of, alt text, todo, aria label, meta tag, email address, phone number, url, port, timezone, time zone, date format, currency symbol, snapshot, mock, fixture, fixtures, enum value, type hint, type annotation, null check, guard clause, feature flag, cache header, retry count, rounding, translation, eslint rule, lint warning, deprecation warning, dead code, logo, spacing, border, shadow, hover, focus ring, z-index, redirect, config, setting, timeout, sample, example, test",
  },
  part: {
    says: "is a part of a product",
    words:
      "page, endpoint, screen, button, option, feature, login, dashboard, support, widget, form, export, import, filter, search, upload, download, notification, notifications, integration, command, view, mode, dark mode, editor, plugin, api, auth, authentication, authorization, permissions, oauth, sso, checkout, payment, webhook, pagination, caching, queue, chart, report, import wizard, wizard, sync, component, table, menu, subscription, cli, job, importer, exporter, parser, player, rate limiting, cart, leaderboard, tracing, monitoring, metrics, service worker, banner, profile, calendar, websocket, two-factor, 2fa, mfa, password reset, magic link, invitation, autosave, undo, redo, drag and drop, load testing, tests for the whole, onboarding, theming, collaboration, versioning, audit log, multi-language, kanban, workflow, pipeline, compose file, templates, policy, chatbot, assistant, recommendation, recommendations, rating, ratings, reviews, wishlist, coupons, gift cards, loyalty, referral, invoicing, invoices, scheduler, scheduling, reminders, alerts, moderation, comments, tagging, tags, bookmarks, favorites, favourites, history, activity feed, feed, timeline, gallery, map, geolocation, offline mode, offline support, push notifications, localization, i18n, accessibility, backup, backups, sandbox, simulator, generator, sdk, connector, adapter, driver, protocol, encryption, single sign-on, roles, rbac, quota, quotas, billing, refunds, trial, tutorial, tour, heatmap, graph, autocomplete, spellcheck, voice, video, streaming, chat, bot, migration tool, admin panel, control panel, sharing, multiplayer, replay, achievements",
  },
  whole: {
    says: "is a whole product",
    words:
      "platform, system, saas, marketplace, suite, ecosystem, erp, crm, portal, operating system, startup, mvp, programme, program, game, product, application, app, mobile app, web app, website, online shop, webshop, e-commerce, ecommerce, social network, infrastructure, framework, engine, solution, service like, exchange, monolith, cms, lms, wms, tms, hr system, data platform, management system, information system, management platform, booking system, ticketing system, erp system, online store, webstore, operating platform, super app, superapp, digital twin, app store, delivery service, streaming service, bank, neobank, hospital, airline, ecosystem of, digital platform, intranet, back office, cloud, tender, network, company",
  },
  like: {
    says: "compares it with a known product",
    words:
      "like netflix, like uber, like airbnb, like amazon, like facebook, like twitter, like instagram, like youtube, like slack, like spotify, like tinder, like ebay, like jira, like trello, like notion, like figma, like upwork, like whatsapp, uber for, airbnb for, netflix for, tinder for, amazon for, shopify for, clone, clone of, alternative to, competitor, to replace, like linkedin, like reddit, like github, like shopify, like canva, like duolingo, like discord, like zoom, like dropbox, rival",
  },
  large: {
    says: "is about something large",
    words:
      "entire, entirely, complete, completely, full rewrite, end-to-end, end to end, from scratch, from zero, from the ground up, ground up, greenfield, enterprise, multi-tenant, multitenant, large-scale, whole monolith, mvp, whole product, chain of, company-wide, organization-wide, whole company, all teams, several teams, teams, whole monolith, legacy, nothing exists, start with nothing, everything, all of it, replace all, everything around, white-label, several products, build all, all products, scalable, fully-fledged, full-fledged, full-blown, full-scale, all-in-one, production-ready, feature parity, digital transformation, from nothing, nothing yet, start from zero, brand new, brand-new, soup to nuts, whole organisation, whole organization, all departments, all countries, nationwide, multi-year, several teams, programme, all of our, re-platform, replatform, complete rewrite, the whole, all platforms, in-house, our own, vision, merge their",
  },
  little: {
    says: "is about something little",
    words:
      "small, tiny, quick, minor, simple, trivial, one-line, one-liner, only, just, little, single, one line, quickly, nothing else, please just, merely, simply, thx, pls, no big, one word, one file, tiny thing, nit, real quick, one char",
  },
  wide: {
    says: "touches much of what exists",
    words:
      "everywhere, across, throughout, all endpoints, all pages, all screens, all services, every screen, every page, every service, each tenant, per tenant, real-time, realtime, module, architecture, data model, schema, configurable, with support, including tests, starting with, layer, flow, strategy, concurrent, key rotation, backwards compatible, without downtime, incl, including, without breaking, step by step, first, and preview, whole, codebase, half, faster, performance, slow",
  },
  several: {
    says: "speaks of several things",
    words:
      "also, following, couple of, both, as well, then, besides, in addition, furthermore, each of, todos, tickets, list, batch, plus, things, tasks",
  },
  counted: {
    says: "says that there are several tasks",
    words:
      "two things, three things, four things, few things, couple of things, things i noticed, all of these, these tasks, these issues, these bugs, following tasks, following issues, unrelated, separately, different topic, something else, while you're at it, while at it, another thing, one by one, backlog, independent, two small, three small, several small, bunch of, hotfix day, quick wins, bug bash, punch list, odds and ends",
  },
  test: {
    says: "is about tests or documents",
    words: "test, tests, spec, docs, documentation, coverage, changelog, readme, guide",
  },
  planned: {
    says: "says that there is a plan",
    words:
      "the plan, existing plan, plan.md, as planned, approved plan, as described, as specified, per the plan, go ahead, no redesign, no plan, don't need a plan, need no plan, without a plan, plan is ready, described in, according to the plan",
  },
  planning: {
    says: "asks for a plan",
    words: "make a plan, plan first, write a plan, plan the, plan for, plan how, design doc, rfc, proposal, plan it",
  },
  wish: {
    says: "wishes for something",
    words:
      "would like, would be nice, we need, we want, want, need, let users, should be able, be able to, as a user, so that, it'd be great, would be great, would love, would help, it'd be nice, wish, i wish, customers want, customers ask, users want, people want, please allow, support for, ability to, could we have, any chance, what about, we could use, can have, should see, should offer, users should, how about, feature request, i'd like, should have, asks for",
  },
  question: { says: "is a question", words: "why, why does, why is, how come, what happens" },
} as const satisfies Record<string, Cue>;

export type Idea = keyof typeof CUES;

/** Words that turn round what comes after them. */
export const NEGATIONS = new Set(
  "not no never without don't dont doesn't isn't neither nor avoid nicht kein keine keinen ohne pas sans sin sem senza non niet geen zonder nie bez не без değil degil".split(
    " ",
  ),
);
/** After these a sentence tells of a circumstance, and its verbs ask for nothing. */
export const CIRCUMSTANCES = new Set(
  "when if while after before because since that which who whose whenever although wenn weil nachdem dass lorsque quand cuando porque quando se perche wanneer omdat als gdy kiedy jesli bo когда если".split(
    " ",
  ),
);
/** Between a leading verb and one of these stands what it is about. */
export const PREPOSITIONS = new Set(
  "for to in on of with from at by into onto that which so when where as via using between if after before because under over".split(
    " ",
  ),
);
/** A word after one of these is a thing, not what is asked for. */
export const ARTICLES = new Set(
  "a an the this that our your my its their these those each every no of for in on any some his her small tiny quick minor simple big new another one".split(
    " ",
  ),
);

/** An English verb that asks begins its clause, or comes after one of these. */
export const BEFORE_VERBS = new Set(
  "to and or please pls plz must should shall can could would will let's lets let we i you they just only simply also then now quickly kindly help me us need want wanna gotta go try don't not but bitte por favor completely fully properly finally automatically it users people".split(
    " ",
  ),
);

/** Sound words that a slip of the pen could have made of a cue. */
export const SOUND = new Set(
  "remote crate grate bread broke affix prefix suffix reporter reports adder builder future connect connection selection corrects remover move mode created create rest reset hidden update updated uploads loads plain plane plant plants planet state stated tests tasks texts style styles strings bigs begs bus links likes pages parts forms farms format former formal serve server servers service services reviews review preview previews exact extract export exports import imports expect expects repeat report deploys display displays filter filters letter letters better butter label labels cable cables table tables tablet system customs custom several severe serial series places planer planner planned trains trail trails spring sprint print prints point points paint comments commits commit common company compare compact complain complex complete components component".split(
    " ",
  ),
);
