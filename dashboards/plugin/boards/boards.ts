import type { Board } from './board';
import { bars, BAD, calendar, Column, freshness, GOOD, metricStat, note, PLAIN, rows, stages, STAGES, tableStat, trend, trendBy, WATCH } from './panels';
import { ofMetric, ofSql, ofTable, SELECTED } from './query';

const HOW_TO_READ = `Every number comes with its 95 % interval and with n, the number of cases it rests on. **Too few cases** means that there is
no number, not that it is 0. *No clear change* means that the intervals of now and before overlap: what moved may be chance. Times are
medians that count open incidents as still running. *Time to resolve with automation* compares like with like (the same
recurring trouble and severity); it is an association, proof only where automation was assigned at random.`;

const explorer = (column: string, width?: number): Column => ({
  name: column,
  width,
  link: { title: 'Look at this trouble', url: '/d/firebreak-recurrence?var-cluster=${__data.fields["cluster id"]}&${datasource:queryparam}&${__url_time_range}' },
});

const performance = (column: string, width?: number): Column => ({
  name: column,
  width,
  link: { title: 'Look at this automation', url: '/d/firebreak-performance?var-automation=${__value.raw}&${datasource:queryparam}&${__url_time_range}' },
});

const STATES: Column = {
  name: 'state',
  width: 100,
  values: { emerging: { colour: BAD }, chronic: { colour: WATCH }, fading: { colour: PLAIN }, eliminated: { colour: GOOD }, quiet: { colour: 'text' } },
};
const VERDICTS: Column = { name: 'verdict', width: 100, values: { demote: { colour: BAD }, promote: { colour: GOOD }, hold: { colour: WATCH }, keep: { colour: 'text' } } };
const STAGE: Column = { name: 'stage', width: 90, values: Object.fromEntries(Object.entries(STAGES).map(([name, s]) => [name, { text: s.text, colour: s.colour }])) };

const wide = (name: string, width: number): Column => ({ name, width });

const backlog = (limit: number) =>
  rows('Backlog: what to automate next', 'Recurring troubles by what ending them is worth: frequency × impact^1.5 × toil × leverage × alignment. An easy win is frequent and harmless.', [ofTable('backlog', { limit })], {
    columns: [wide('rank', 60), explorer('title', 340), STATES, wide('services', 180), wide('pattern reason', 320), { name: 'cluster id', hidden: true }, { name: 'settings version', hidden: true }, { name: 'teams', hidden: true }],
  });

const clusters = (title: string, limit: number) =>
  rows(title, 'Recurrence clusters with an incident in the range, the most frequent first; rates are episodes per 30 days over the last 90', [ofTable('clusters', { limit })], {
    columns: [explorer('template', 340), STATES, wide('services', 200), wide('automations', 160), wide('varies', 240), { name: 'cluster id', width: 110 }, { name: 'teams', hidden: true }],
    h: 12,
  });

const promotions = (title: string) =>
  rows(title, 'The verdicts in force at the end of the range, with the evidence: bounds that hold with 95 % confidence, not averages of what was seen', [ofTable('promotions')], {
    columns: [performance('automation id', 180), STAGE, VERDICTS, wide('reason', 460)],
  });

const failures = (limit?: number) =>
  rows('Failures to fix', 'Runs that failed, timed out, were escalated or rolled back, by what they said: each row is a bug', [ofTable('failures', { limit })], {
    columns: [performance('automation id', 180), STAGE, wide('cause', 380), wide('last error', 300)],
  });

const executive: Board = {
  uid: 'firebreak-executive',
  title: 'Firebreak: executive overview',
  question: 'Is our automation putting fires out? Ninety days against the ninety before.',
  time: { from: 'now-90d/d', to: 'now/d' },
  filters: ['team', 'service', 'severity'],
  marks: ['stages', 'induced'],
  sections: [
    {
      panels: [
        metricStat('incident_count'),
        metricStat('recurrence_rate'),
        metricStat('frequency_change'),
        metricStat('resolve_time_change'),
        metricStat('mttr_impact'),
        metricStat('automation_success_rate'),
        metricStat('induced_incident_rate'),
        metricStat('toil_hours_saved'),
        tableStat('Backlog', 'How many recurring troubles wait to be ended', ofTable('backlog'), 'rank', 'count', 'short', 8),
        tableStat('Hours to win back', 'Hands-on hours a quarter that ending everything in the backlog would give back', ofTable('backlog'), 'hours per quarter', 'sum', 'h', 8),
        freshness(8),
      ],
    },
    {
      title: 'Over time',
      panels: [
        trendBy('incident_count', 'resolved_by', 12, { step: 'week', stacked: true }),
        trend('automated_resolution_rate', 12, { step: 'week' }),
        trend('recurrence_rate', 12, { step: 'week' }),
        trend('toil_hours_saved', 12, { step: 'week' }),
      ],
    },
    {
      title: 'By team',
      panels: [
        rows(
          'Teams',
          'Each number over the whole range; an empty cell has too few cases to say',
          [
            ofMetric('incident_count', { groupBy: ['team'], show: ['estimate'] }),
            ofMetric('recurrence_rate', { groupBy: ['team'], show: ['estimate'] }),
            ofMetric('time_to_resolve', { groupBy: ['team'], show: ['estimate'] }),
            ofMetric('automated_resolution_rate', { groupBy: ['team'], show: ['estimate'] }),
            ofMetric('automation_success_rate', { groupBy: ['team'], show: ['estimate'] }),
            ofMetric('responder_hours', { groupBy: ['team'], show: ['estimate'] }),
          ],
          { join: 'team' }
        ),
      ],
    },
    { title: 'How to read this', panels: [note('How to read this', 'What the numbers mean', HOW_TO_READ)] },
  ],
};

const recurrence: Board = {
  uid: 'firebreak-recurrence',
  title: 'Firebreak: recurrence explorer',
  question: 'What keeps coming back, and did what we did about it end it?',
  time: { from: 'now-30d', to: 'now' },
  filters: ['team', 'service', 'severity'],
  selectsCluster: true,
  marks: ['stages', 'induced'],
  sections: [
    { panels: [metricStat('incident_count'), metricStat('recurrence_rate'), metricStat('familiar_stranger_rate'), freshness()] },
    { panels: [clusters('Recurring troubles', 200)] },
    {
      panels: [
        bars('Where most incidents come from', 'The recurring troubles with the most incidents in the range', ofMetric('incident_count', { groupBy: ['cluster_id'], show: ['estimate'], limit: 12 }), 'trouble', 'Incidents'),
        calendar('When they come', 'Incidents of the most frequent troubles in each step', ofMetric('incident_count', { groupBy: ['cluster_id'], step: 'auto', show: ['estimate'], limit: 12 })),
      ],
    },
    {
      title: 'The selected trouble: $cluster',
      panels: [
        rows('What is known of it', 'Rate now and before, time of day, what varies, which automation works on it', [ofTable('clusters', { filters: [SELECTED] })], {
          columns: [wide('template', 340), STATES, wide('varies', 320)],
          h: 5,
        }),
        trend('incident_count', 12, { step: 'week', filters: [SELECTED] }),
        trend('time_to_resolve', 12, { step: 'week', filters: [SELECTED] }),
        rows('Its incidents', 'Those that opened in the range, the latest first, with what was not the same as in the one before', [ofTable('incidents', { filters: [SELECTED] })], {
          columns: [wide('title', 380), wide('differs', 320), wide('opened at', 170)],
          h: 10,
        }),
      ],
    },
  ],
};

const LEAGUE = 'automation_id';

const performanceBoard: Board = {
  uid: 'firebreak-performance',
  title: 'Firebreak: automation performance',
  question: 'Which automations work, how much do they help, and what fails?',
  time: { from: 'now-30d', to: 'now' },
  filters: ['team', 'service', 'automation', 'stage'],
  marks: ['stages', 'releases', 'induced'],
  sections: [
    {
      panels: [
        metricStat('execution_count'),
        metricStat('automation_success_rate'),
        metricStat('automation_coverage'),
        metricStat('automated_resolution_rate'),
        metricStat('mttr_impact', 8),
        metricStat('toil_hours_saved', 8),
        freshness(8),
      ],
    },
    {
      title: 'Automations as products',
      panels: [
        rows(
          'League table',
          'Each number over the whole range; an empty cell has too few cases to say. MTTR impact below 1 is faster',
          [
            ofMetric('execution_count', { groupBy: [LEAGUE], show: ['estimate'] }),
            ofMetric('automation_success_rate', { groupBy: [LEAGUE], show: ['estimate'] }),
            ofMetric('false_positive_rate', { groupBy: [LEAGUE], show: ['estimate'] }),
            ofMetric('induced_incident_rate', { groupBy: [LEAGUE], show: ['estimate'] }),
            ofMetric('mttr_impact', { groupBy: [LEAGUE], show: ['estimate'] }),
            ofMetric('toil_hours_saved', { groupBy: [LEAGUE], show: ['estimate'] }),
          ],
          { join: 'automation id', h: 11 }
        ),
        rows('Success', 'Share of finished live runs that succeeded and were neither escalated nor rolled back, with its interval, against the window before', [ofMetric('automation_success_rate', { groupBy: [LEAGUE], compare: true })], {
          columns: [wide('automation id', 180)],
          h: 10,
        }),
        rows('Time to resolve with automation, crude beside stratified', 'Below 1 is faster. Crude is what plain averages say; reversal says that they point the other way', [ofMetric('mttr_impact', { groupBy: [LEAGUE] })], {
          columns: [wide('automation id', 180)],
          h: 10,
        }),
      ],
    },
    { title: 'Over time', panels: [trend('automation_success_rate'), trendBy('execution_count', 'stage', 12, { stacked: true })] },
    {
      title: 'What fails, and how long runs take',
      panels: [
        failures(),
        rows('How long runs take', 'Of runs that ended, from the start to the end', [ofTable('durations')], {
          h: 10,
          columns: ['median', 'p90', 'longest'].map((name) => wide(name, 150)),
        }),
      ],
    },
    { title: 'What to automate next', folded: true, panels: [backlog(20)] },
  ],
};

const safety: Board = {
  uid: 'firebreak-safety',
  title: 'Firebreak: automation safety',
  question: 'Does automation do harm, and which may go further?',
  time: { from: 'now-30d', to: 'now' },
  filters: ['team', 'service', 'automation', 'stage'],
  marks: ['stages', 'induced', 'verdicts'],
  sections: [
    {
      panels: [
        metricStat('induced_incident_rate'),
        metricStat('suspected_induced_incidents'),
        metricStat('false_positive_rate'),
        freshness(),
        metricStat('rollback_rate', 8),
        metricStat('escalation_rate', 8),
        metricStat('dry_run_agreement_rate', 8),
      ],
    },
    {
      title: 'Runs that were not needed',
      panels: [
        trend('false_positive_rate'),
        rows('By automation, with bounds', 'The estimate leans high, because failed runs are hardly ever known to be needed: the truth lies between the bounds', [ofMetric('false_positive_rate', { groupBy: ['automation_id'] })], { w: 12, h: 8 }),
      ],
    },
    {
      title: 'Harm',
      panels: [
        rows('Incidents caused by automation', 'Confirmed by people', [ofTable('induced')], { columns: [wide('title', 340), performance('automation id', 180), STAGE], h: 8 }),
        rows('By automation', 'Confirmed incidents for every 1,000 runs that could change something; with none seen, high is what may have been missed', [ofMetric('induced_incident_rate', { groupBy: ['automation_id'] })], { w: 12 }),
        rows('Suspected, by automation', 'Incidents on a run’s service soon after it, beyond what is usual there', [ofMetric('suspected_induced_incidents', { groupBy: ['automation_id'] })], { w: 12 }),
        trend('rollback_rate'),
        trend('escalation_rate'),
      ],
    },
    {
      title: 'Rollout',
      panels: [
        promotions('May it go further?'),
        stages(
          'Stages',
          'The furthest stage in which a version of the automation ran in each week',
          ofSql(
            `SELECT week_end - INTERVAL 7 DAY AS time, automation_id AS automation, max(indexOf(['dry_run', 'canary', 'full'], toString(p.stage))) AS stage
FROM promotions AS p
WHERE $__timeFilter(week_end - INTERVAL 7 DAY) AND last_run_at >= week_end - INTERVAL 7 DAY
    AND automation_id IN ($automation) AND toString(p.stage) IN ($stage)
GROUP BY time, automation
ORDER BY time`,
            'series'
          )
        ),
      ],
    },
  ],
};

const review: Board = {
  uid: 'firebreak-review',
  title: 'Firebreak: weekly review',
  question: 'What changed last week, and what has to be decided now?',
  time: { from: 'now-1w/w', to: 'now-1w/w' },
  filters: ['team'],
  marks: [],
  sections: [
    {
      title: '1. What changed',
      panels: [
        metricStat('incident_count'),
        metricStat('recurrence_rate'),
        metricStat('time_to_resolve'),
        metricStat('responder_hours'),
        metricStat('execution_count'),
        metricStat('automation_success_rate'),
        metricStat('false_positive_rate'),
        metricStat('induced_incident_rate'),
      ],
    },
    { title: '2. Prevention or firefighting', panels: [metricStat('frequency_change', 12), metricStat('resolve_time_change', 12)] },
    { title: '3. What came back', panels: [clusters('Recurring troubles with an incident in the week', 20)] },
    { title: '4. Failures to fix', panels: [failures(20)] },
    { title: '5. Promotions and demotions due', panels: [promotions('Verdicts of the week')] },
    { title: '6. Reviews of incidents', panels: [metricStat('review_fix_rate', 12), metricStat('band_aid_rate', 12)] },
    { title: '7. What to automate next', panels: [backlog(10)] },
    {
      title: '8. Data quality',
      panels: [
        rows('Freshness', 'Of each kind of record', [ofTable('freshness')], { h: 6 }),
        metricStat('excluded_incidents', 12),
        tableStat(
          'Dead letters',
          'Records that broke the contract and landed in the week',
          ofSql('SELECT count() AS records FROM dead_letters WHERE $__timeFilter(landed_at)', 'table'),
          'records',
          'sum',
          'short',
          12
        ),
      ],
    },
  ],
};

export const BOARDS: Board[] = [executive, recurrence, performanceBoard, safety, review];
