package review

// Difference is a number that changed between two reports on a week.
type Difference struct{ What, Was, Is string }
