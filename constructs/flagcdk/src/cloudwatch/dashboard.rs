//! Dashboards.

use flagcdk_cfn as cfn;
use flagcdk_core::{Expr, Handle, Placement, Scope, Value};
use typed_builder::TypedBuilder;

use super::Widget;
use super::widget::COLUMNS;
use crate::json_text::json_text;

/// The most widgets of a dashboard.
const MAX_WIDGETS: usize = 500;

/// How a [`Dashboard`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct DashboardProps {
    /// The name, of letters, digits, `-` and `_`; by default CloudFormation makes one.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
    /// What it shows, from above to below.
    #[builder(setter(into))]
    blocks: Vec<Block>,
}

/// A widget, or several beside or below one another.
///
/// ```
/// use flagcdk::cloudwatch::{Block, Widget};
///
/// let numbers = Block::column([Widget::single_value("A"), Widget::single_value("B")]);
/// let row = Block::row([Widget::graph("Both").width(18).into(), numbers]);
/// ```
#[derive(Clone, Debug)]
pub struct Block(Parts);

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few are made, and none is moved often")]
enum Parts {
    Widget(Widget),
    Row(Vec<Block>),
    Column(Vec<Block>),
}

/// A page of graphs, numbers, states of alarms and logs, in the region of its stack.
///
/// ```
/// use flagcdk::cloudwatch::{Block, Dashboard, DashboardProps, Widget};
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Orders", Placement::Home);
/// let queue = Queue::new(&stack, "Incoming", QueueProps::builder().build());
/// let waiting = Widget::graph("Waiting").left(queue.as_ref().metric_waiting());
/// let oldest = Widget::single_value("Oldest").left(queue.as_ref().metric_oldest_age_seconds());
/// let blocks = [Widget::text("# Orders").into(), Block::row([waiting, oldest])];
/// Dashboard::new(&stack, "Dashboard", DashboardProps::builder().blocks(blocks).build());
/// assert!(app.synth()?.template("Orders").contains("ApproximateNumberOfMessagesVisible"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::CloudWatch::Dashboard](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html).
#[derive(Clone, Debug)]
pub struct Dashboard {
    handle: Handle<cfn::cloudwatch::Dashboard>,
}

impl Block {
    /// Widgets or blocks beside one another. Those without a width share what the others leave of the row.
    pub fn row<B: Into<Block>>(blocks: impl IntoIterator<Item = B>) -> Self {
        Self(Parts::Row(blocks.into_iter().map(Into::into).collect()))
    }

    /// Widgets or blocks below one another, all as wide as the column.
    pub fn column<B: Into<Block>>(blocks: impl IntoIterator<Item = B>) -> Self {
        Self(Parts::Column(blocks.into_iter().map(Into::into).collect()))
    }

    /// The width that it asks for.
    fn width(&self) -> Option<u32> {
        match &self.0 {
            Parts::Widget(widget) => widget.width,
            Parts::Row(_) | Parts::Column(_) => None,
        }
    }

    /// Puts the widgets of the block where they belong, and tells how high it is.
    fn place(self, scope: &Scope, (x, y): (u32, u32), width: u32, widgets: &mut Vec<Expr>) -> u32 {
        match self.0 {
            Parts::Widget(widget) => {
                let height = widget.height;
                let width = widget.width.unwrap_or(width).min(width);
                widgets.push(widget.into_expr(scope, (x, y), width));
                height
            }
            Parts::Column(blocks) => {
                blocks.into_iter().fold(0, |height, block| height + block.place(scope, (x, y + height), width, widgets))
            }
            Parts::Row(blocks) => {
                let asked: u32 = blocks.iter().filter_map(Block::width).sum();
                let sharing = blocks.iter().filter(|block| block.width().is_none()).count();
                let sharing = u32::try_from(sharing).unwrap_or(u32::MAX);
                if asked.saturating_add(sharing) > width {
                    scope.error(
                        "cloudwatch::row",
                        format!("a row of {width} columns has widgets of {asked}, and {sharing} more"),
                        "make widgets narrower, or begin another row",
                    );
                    return 0;
                }
                let (mut next, mut height) = (x, 0);
                let (mut left, mut sharing) = (width - asked, sharing);
                for block in blocks {
                    let own = block.width().unwrap_or_else(|| {
                        // What does not divide evenly goes to the first ones.
                        let own = left.div_ceil(sharing);
                        (left, sharing) = (left - own, sharing - 1);
                        own
                    });
                    height = height.max(block.place(scope, (next, y), own, widgets));
                    next += own;
                }
                height
            }
        }
    }
}

impl From<Widget> for Block {
    fn from(widget: Widget) -> Self {
        Self(Parts::Widget(widget))
    }
}

impl Dashboard {
    /// Makes the dashboard.
    pub fn new(scope: &Scope, id: &str, props: DashboardProps) -> Self {
        let scope = scope.construct(id);
        let mut widgets = Vec::new();
        Block::column(props.blocks).place(&scope, (0, 0), COLUMNS, &mut widgets);
        if widgets.is_empty() || widgets.len() > MAX_WIDGETS {
            scope.error(
                "cloudwatch::widgets",
                format!("the dashboard has {} widgets, wanted 1 to {MAX_WIDGETS}", widgets.len()),
                "make a dashboard for each thing that people look at",
            );
        }
        let name = props.name.as_ref().and_then(Value::literal);
        if name.is_some() && scope.stack().placement() == Placement::EveryRegion && scope.regions().len() > 1 {
            scope.error(
                "cloudwatch::global-name",
                format!(
                    "`{}` would be the name of a dashboard in each of {} regions",
                    name.unwrap_or_default(),
                    scope.regions().len()
                ),
                "leave the name out, or end it in `Value::region()` with `text!`: names of dashboards are global",
            );
        }
        let body = json_text(&Expr::map([("widgets", Expr::List(widgets))]));
        let dashboard = cfn::cloudwatch::Dashboard::new().dashboard_body(body);
        let dashboard = match props.name {
            Some(name) => dashboard.dashboard_name(name),
            None => dashboard,
        };
        Self { handle: scope.add("Resource", dashboard) }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }
}
