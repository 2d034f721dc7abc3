//! The times of a schedule.

use flagcdk_core::Scope;

/// When something is done: at a rate, at times of the calendar, or once.
///
/// ```
/// use flagcdk::scheduler::When;
///
/// let often = When::every_minutes(5);
/// let mornings = When::cron("30 7 ? * MON-FRI *");
/// let once = When::once("2026-12-24T18:00:00");
/// ```
///
/// See [schedule types](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    pub(super) expression: String,
    problem: Option<String>,
}

impl When {
    /// Every so many minutes, counted from when the schedule is made.
    pub fn every_minutes(minutes: u32) -> Self {
        Self::rate(minutes, "minute")
    }

    /// Every so many hours, counted from when the schedule is made.
    pub fn every_hours(hours: u32) -> Self {
        Self::rate(hours, "hour")
    }

    /// Every so many days, counted from when the schedule is made.
    pub fn every_days(days: u32) -> Self {
        Self::rate(days, "day")
    }

    /// Every day at this time of the schedule's time zone.
    pub fn daily_at(hour: u8, minute: u8) -> Self {
        let problem = (hour > 23 || minute > 59).then(|| format!("there is no {hour:02}:{minute:02} o'clock"));
        Self { expression: format!("cron({minute} {hour} * * ? *)"), problem }
    }

    /// At the times of the calendar that six fields tell: minute, hour, day of the month, month, day of the week and year.
    /// One of the two days is `?`.
    ///
    /// See [cron expressions](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based).
    pub fn cron(fields: &str) -> Self {
        let all: Vec<&str> = fields.split_whitespace().collect();
        let problem = match all.as_slice() {
            [_, _, day, _, weekday, _] if (*day == "?") == (*weekday == "?") => {
                Some(format!("of the days in `{fields}` not exactly one is `?`"))
            }
            [_, _, _, _, _, _] => None,
            _ => Some(format!("`{fields}` has {} fields, wanted 6", all.len())),
        };
        Self { expression: format!("cron({})", all.join(" ")), problem }
    }

    /// Once, at this time of the schedule's time zone, such as `2026-12-24T18:00:00`.
    pub fn once(time: &str) -> Self {
        let form = "dddd-dd-ddTdd:dd:dd";
        let fits = time.len() == form.len()
            && time
                .chars()
                .zip(form.chars())
                .all(|(c, wanted)| if wanted == 'd' { c.is_ascii_digit() } else { c == wanted });
        let problem = (!fits).then(|| format!("`{time}` is no time such as `2026-12-24T18:00:00`"));
        Self { expression: format!("at({time})"), problem }
    }

    fn rate(number: u32, unit: &str) -> Self {
        let plural = if number == 1 { "" } else { "s" };
        let problem = (number == 0).then(|| format!("every 0 {unit}s is never"));
        Self { expression: format!("rate({number} {unit}{plural})"), problem }
    }

    pub(super) fn check(&self, scope: &Scope) {
        if let Some(problem) = &self.problem {
            scope.error(
                "scheduler::when",
                problem.clone(),
                "write a rate as `When::every_minutes(5)`, the calendar as `When::cron(\"30 7 ? * MON-FRI *\")`",
            );
        }
    }
}
