//! Alarms, dashboards and schedules.

use flagcdk::cloudwatch::{
    Alarm, AlarmProps, AlarmRef, AlarmRule, AnomalyAlarm, AnomalyAlarmProps, Block, CompositeAlarm,
    CompositeAlarmProps, Dashboard, DashboardProps, LogQuery, Math, Metric, Statistic, Unusual, Widget,
};
use flagcdk::kms::{Key, KeyProps};
use flagcdk::lambda::{Code, Function, FunctionProps, FunctionRef};
use flagcdk::scheduler::{Schedule, ScheduleGroup, ScheduleGroupProps, ScheduleProps, Target, When};
use flagcdk::sqs::{Deduplication, Delivery, Queue, QueueProps};
use flagcdk::stepfunctions::StateMachineRef;
use flagcdk::{Stack, Value};
use serde_json::{Value as Json, json};

use crate::{Sample, findings, resources};

pub(crate) const SAMPLES: &[Sample] = &[
    ("cloudwatch_alarms", cloudwatch_alarms),
    ("cloudwatch_dashboard", cloudwatch_dashboard),
    ("scheduler", scheduler),
];

fn cloudwatch_alarms(stack: &Stack) {
    let function = FunctionRef::from_name("orders");
    let failing = Math::new("100 * errors / FILL(calls, 1)")
        .with("errors", function.metric_errors())
        .with("calls", function.metric_invocations())
        .period_seconds(300);
    let props = AlarmProps::builder().metric(failing).threshold(5.0).description("Orders fail: read the log").build();
    let failing = Alarm::new(stack, "Failing", props);
    let slow =
        AlarmProps::builder().metric(function.metric_duration()).threshold(2000.0).description("Orders are slow");
    let slow = Alarm::new(stack, "Slow", slow.evaluation_periods(5).datapoints_to_alarm(3).build());
    let props = AnomalyAlarmProps::builder()
        .metric(function.metric_invocations().period_seconds(300))
        .description("Fewer orders than usual")
        .unusual(Unusual::Low)
        .build();
    let few = AnomalyAlarm::new(stack, "Few", props);
    let rule = AlarmRule::all([
        AlarmRule::any([AlarmRule::goes_off(&failing), AlarmRule::goes_off(&slow)]),
        AlarmRule::none([AlarmRule::goes_off(&few)]),
    ]);
    let props = CompositeAlarmProps::builder()
        .rule(rule)
        .description("The shop is down")
        .notify(["arn:aws:sns:eu-west-1:111122223333:people".to_owned()].map(|arn| Value::<String>::from(arn).cast()))
        .quiet_while(AlarmRef::from_name("deploying"));
    CompositeAlarm::new(stack, "Down", props.build());
}

fn cloudwatch_dashboard(stack: &Stack) {
    let function = Function::new(stack, "Orders", FunctionProps::builder().code(Code::cargo("orders")).build());
    let queue = Queue::new(stack, "Incoming", QueueProps::builder().build());
    let calls = function.as_ref();
    let failing = Math::new("100 * errors / calls")
        .with("errors", calls.metric_errors())
        .with("calls", calls.metric_invocations())
        .label("Failing, in percent");
    let props = AlarmProps::builder().metric(calls.metric_errors()).description("Orders fail").build();
    let alarm = Alarm::new(stack, "Failing", props);
    let query =
        LogQuery::new("fields @timestamp, @message | filter level = \"ERROR\" | limit 20").of(function.log_group());
    let numbers = Block::column([
        Widget::single_value("Waiting").left(queue.as_ref().metric_waiting().label("Now")),
        Widget::alarms("States", [alarm.as_ref()]),
    ]);
    let blocks = [
        Widget::text("# Orders\nWhat is \"right\" and what is not").into(),
        Block::row([
            Widget::graph("Calls").left(calls.metric_invocations()).right(failing).stacked().width(14).into(),
            numbers,
        ]),
        Block::row([Widget::alarm("Failing", &alarm), Widget::logs("Errors", query)]),
    ];
    Dashboard::new(stack, "Dashboard", DashboardProps::builder().name("shop-orders").blocks(blocks).build());
}

fn scheduler(stack: &Stack) {
    let key = Key::new(stack, "Key", KeyProps::builder().build());
    let group = ScheduleGroup::new(stack, "Jobs", ScheduleGroupProps::builder().name("shop-jobs").build());
    let function = Function::new(stack, "Report", FunctionProps::builder().code(Code::cargo("report")).build());
    let props = ScheduleProps::builder()
        .when(When::cron("30 7 ? * MON-FRI *"))
        .time_zone("Europe/Berlin")
        .group(&group)
        .window_minutes(15)
        .target(Target::function(&function).input(json!({ "kind": "daily" })).retry_attempts(3))
        .build();
    Schedule::new(stack, "Mornings", props);
    let queue = Queue::new(
        stack,
        "Work",
        QueueProps::builder().encryption_key(&key).delivery(Delivery::Fifo(Deduplication::ByContent)).build(),
    );
    let target =
        Target::fifo_queue(&queue, "jobs").input_fields([("queue", queue.name()), ("region", Value::region())]);
    let props = ScheduleProps::builder().when(When::every_minutes(1)).target(target).encryption_key(&key).build();
    Schedule::new(stack, "Often", props);
    let machine = StateMachineRef::from_arn("arn:aws:states:eu-west-1:111122223333:stateMachine:close");
    let props = ScheduleProps::builder()
        .when(When::once("2026-12-24T18:00:00"))
        .target(Target::state_machine(&machine))
        .dead_letters(&queue)
        .build();
    Schedule::new(stack, "Once", props);
}

#[test]
fn a_dashboard_is_laid_out() {
    let resources = resources(cloudwatch_dashboard);
    let body = match &resources["Dashboard"]["Properties"]["DashboardBody"] {
        Json::Object(function) => function["Fn::Sub"].as_str().unwrap().to_owned(),
        other => panic!("{other}"),
    };
    let body: Json = serde_json::from_str(&body).unwrap();
    let places: Vec<_> = body["widgets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|widget| ["x", "y", "width", "height"].map(|name| widget[name].as_u64().unwrap()))
        .collect();
    let expected = [[0, 0, 24, 2], [0, 2, 14, 6], [14, 2, 10, 3], [14, 5, 10, 3], [0, 8, 12, 6], [12, 8, 12, 6]];
    assert_eq!(places, expected);
}

#[test]
fn what_aws_refuses_is_found() {
    let alarm = |math: Math, expected: &[&str]| {
        let props = AlarmProps::builder().metric(math).description("x").build();
        assert_eq!(findings(|stack| drop(Alarm::new(stack, "A", props))), expected);
    };
    let metric = || Metric::new("AWS/SQS", "NumberOfMessagesSent").statistic(Statistic::P99);
    alarm(Math::new("a + 1").with("a", metric()), &[]);
    alarm(Math::new("a + b").with("a", metric()), &["cloudwatch::math"]);
    alarm(Math::new("a").with("a", metric()).with("b", metric()), &["cloudwatch::math"]);
    alarm(Math::new("A").with("A", metric()), &["cloudwatch::math"]);
    alarm(Math::new("a").with("a", metric()).period_seconds(45), &["cloudwatch::period"]);

    let dashboard = |blocks: Vec<Block>, expected: &[&str]| {
        let props = DashboardProps::builder().blocks(blocks).build();
        assert_eq!(findings(|stack| drop(Dashboard::new(stack, "D", props))), expected);
    };
    dashboard(Vec::new(), &["cloudwatch::widgets"]);
    let wide = || Widget::text("x").width(13);
    dashboard(vec![Block::row([wide(), wide()])], &["cloudwatch::row", "cloudwatch::widgets"]);
    dashboard(vec![Block::row([wide(), Widget::text("y")])], &[]);

    let schedule = |when: When, expected: &[&str]| {
        let target = Target::function(&FunctionRef::from_name("f"));
        let props = ScheduleProps::builder().when(when).target(target).build();
        assert_eq!(findings(|stack| drop(Schedule::new(stack, "S", props))), expected);
    };
    for good in
        [When::every_days(1), When::daily_at(23, 59), When::cron("0 8 1 * ? *"), When::once("2026-12-24T18:00:00")]
    {
        schedule(good, &[]);
    }
    let bad = [
        When::every_hours(0),
        When::daily_at(24, 0),
        When::cron("0 8 * * *"),
        When::cron("0 8 * * * *"),
        When::cron("0 8 ? * ? *"),
        When::once("tomorrow"),
    ];
    for bad in bad {
        schedule(bad, &["scheduler::when"]);
    }
}
