// Package review makes the weekly automation performance review: what one ISO week says
// about fires and about the automation that puts them out, against the week and the
// quarter before.
//
// [Read] asks the store and gives a [Report], the one model from which the review is
// written out as a page (html.go), for chats and wikis (markdown.go), and as JSON.
//
// It promises:
//   - Every number can be looked up: the report names the command that prints it, and
//     the page ties each number to its command, row and column.
//   - The verdict is made from the numbers alone, by the rules in verdict.go.
//   - A change is called one only where its 95 % interval leaves out that there was none;
//     otherwise the report says how large a change would have had to be to show.
//   - The week before is observed as long after its end as the week is. With the quarter
//     before, of which more has become known, nothing is compared that becomes known late
//     until the week is old enough.
//   - A week without any data, or with a single incident, is told as what it is.
//
// It does not promise that the numbers of a past week stay: late events change them, and
// so does what people find out about an incident afterwards. [Differences] tells what
// changed between two reports on a week.
package review
