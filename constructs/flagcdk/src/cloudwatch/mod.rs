//! CloudWatch: metrics, calculations over them, alarms and dashboards.
//!
//! Constructs have `metric_*` methods that give a [`Metric`]; [`Math`] calculates with several. An [`Alarm`] watches either,
//! an [`AnomalyAlarm`] what is unusual for a metric, a [`CompositeAlarm`] other alarms. A [`Dashboard`] shows them.

mod alarm;
mod anomaly;
mod composite;
mod dashboard;
mod math;
mod metric;
mod widget;

pub use alarm::{Alarm, AlarmProps, AlarmRef, Comparison, MissingData};
pub use anomaly::{AnomalyAlarm, AnomalyAlarmProps, Unusual};
pub use composite::{AlarmRule, CompositeAlarm, CompositeAlarmProps};
pub use dashboard::{Block, Dashboard, DashboardProps};
pub use math::{Math, Series};
pub use metric::{Metric, Statistic};
pub use widget::{LogQuery, Widget};
