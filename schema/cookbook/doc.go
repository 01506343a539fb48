// Package cookbook holds the questions that leaders ask, each a file of SQL that can be
// pasted into any ClickHouse client: its first line is the question, its second says how to
// read the answer. The page ../SQL.md shows them with their answers.
//
// The package has no code. Its tests bring a generated company's events into a database by the
// rights that ../grants.sql gives to each user: the owner migrates and keeps, the ingest
// lands, the reader asks. So they show that each may do what it must, and what it may not.
package cookbook
