//! A scheduled job: a function that is called on the mornings of working days, as people in Berlin count them.

use flagcdk::lambda::{Code, Function, FunctionProps};
use flagcdk::s3::{Bucket, BucketProps};
use flagcdk::scheduler::{Schedule, ScheduleProps, Target, When};
use flagcdk::{App, ExitCode, Placement, Region};
use serde_json::json;

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_CENTRAL_1);
    let stack = app.stack("Reports", Placement::Home);

    let reports = Bucket::new(&stack, "Reports", BucketProps::builder().build());
    let report = FunctionProps::builder()
        .code(Code::cargo("report"))
        .timeout_seconds(300)
        .environment([("BUCKET".to_owned(), reports.name())])
        .build();
    let report = Function::new(&stack, "Report", report);
    reports.as_ref().grant_put(&report);

    let props = ScheduleProps::builder()
        .when(When::cron("30 7 ? * MON-FRI *"))
        .time_zone("Europe/Berlin")
        .window_minutes(15)
        .target(Target::function(&report).input(json!({ "kind": "daily" })).retry_attempts(3))
        .build();
    Schedule::new(&stack, "Mornings", props);
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
