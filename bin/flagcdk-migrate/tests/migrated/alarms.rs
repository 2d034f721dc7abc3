//! Written by `flagcdk migrate` from `alarms.json`.

use flagcdk::{App, Condition, Parameter, Placement, Stack, Value, cfn, text};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home).describe("Alarms");

    let queue = stack.parameter("Queue", Parameter::string());
    let topics = stack.parameter(
        "Topics",
        Parameter::of_type("CommaDelimitedList"),
    );

    let has_topics = stack.condition(
        "HasTopics",
        Condition::not(Condition::equals(Value::join("", topics.clone().cast()), "")),
    );

    let deep = stack.add(
        "Deep",
        cfn::cloudwatch::Alarm::new()
            .alarm_actions(
                Value::when(&has_topics, topics.clone().cast(), Value::no_value()),
            )
            .alarm_name(text!(&queue, "-deep"))
            .comparison_operator(
                cfn::cloudwatch::alarm::ComparisonOperator::GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            )
            .dimensions([
                cfn::cloudwatch::alarm::Dimension::new().name("QueueName").value(&queue),
            ])
            .evaluation_periods(3)
            .metric_name("ApproximateNumberOfMessagesVisible")
            .namespace("AWS/SQS")
            .period(300)
            .statistic(cfn::cloudwatch::alarm::Statistic::MAXIMUM)
            .threshold(1000)
            .treat_missing_data(cfn::cloudwatch::alarm::TreatMissingData::NOT_BREACHING),
    );

    stack.add(
        "Both",
        cfn::cloudwatch::CompositeAlarm::new()
            .alarm_rule(
                text!(
                    "ALARM(\"",
                    deep.reference(),
                    "\") OR ALARM(\"other\")",
                ),
            ),
    );

    stack.add(
        "Quota",
        cfn::cloudwatch::Alarm::new()
            .comparison_operator(
                cfn::cloudwatch::alarm::ComparisonOperator::GREATER_THAN_THRESHOLD,
            )
            .evaluation_periods(1)
            .metrics([
                cfn::cloudwatch::alarm::MetricDataQuery::new()
                    .expression("m / 100")
                    .id("e")
                    .label("share"),
                cfn::cloudwatch::alarm::MetricDataQuery::new()
                    .id("m")
                    .metric_stat(
                        cfn::cloudwatch::alarm::MetricStat::new()
                            .metric(
                                cfn::cloudwatch::alarm::Metric::new()
                                    .metric_name("Errors")
                                    .namespace("AWS/Lambda"),
                            )
                            .period(60)
                            .stat("Sum")
                            .unit(cfn::cloudwatch::alarm::Unit::COUNT),
                    )
                    .return_data(false),
            ])
            .threshold(0.8),
    );

    stack
}
