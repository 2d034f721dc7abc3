//! Buses of one's own, and archives of what was on them.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::EventPattern;
use crate::arn;
use crate::iam::{Grantee, Principal, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;

/// How an [`EventBus`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct EventBusProps {
    /// The name, unique in the account and region.
    #[builder(setter(into))]
    name: String,
    /// What the bus is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// Other accounts that may put events; by default none.
    #[builder(default, setter(into))]
    senders: Vec<Principal>,
}

/// An event bus of one's own, apart from that of the account, on which AWS's events are too.
///
/// ```
/// use flagcdk::events::{Archive, ArchiveProps, EventBus, EventBusProps};
/// use flagcdk::iam::Permissions;
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Events", Placement::Home);
/// let bus = EventBus::new(&stack, "Bus", EventBusProps::builder().name("shop").build());
/// Archive::new(&stack, "Archive", ArchiveProps::builder().bus(&bus).retention_days(30).build());
/// let permissions = Permissions::new();
/// bus.as_ref().grant_put(&permissions);
/// assert!(app.synth()?.template("Events").contains("AWS::Events::Archive"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::Events::EventBus](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html).
#[derive(Clone, Debug)]
pub struct EventBus {
    reference: EventBusRef,
}

/// An event bus, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct EventBusRef {
    name: Value<String>,
    arn: Value<Arn>,
}

/// How an [`Archive`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ArchiveProps {
    /// The bus.
    #[builder(setter(into))]
    bus: EventBusRef,
    /// Which events are kept; by default all.
    #[builder(default, setter(strip_option))]
    pattern: Option<EventPattern>,
    /// For how many days they are kept; by default 365.
    #[builder(default = 365)]
    retention_days: u16,
    /// The key that encrypts them; by default EventBridge has one of its own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// What becomes of the archive when it leaves the stack; by default it is retained.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// Events that are kept, so that they can be sent again.
///
/// See [archives](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html) and
/// [AWS::Events::Archive](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-archive.html).
///
/// ```
/// use flagcdk::events::{Archive, ArchiveProps, EventBusRef, EventPattern};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Events", Placement::Home);
/// let bus = EventBusRef::from_name("shop");
/// let orders = EventPattern::from_source("shop.orders");
/// Archive::new(&stack, "Orders", ArchiveProps::builder().bus(&bus).pattern(orders).retention_days(30).build());
/// assert!(app.synth()?.template("Events").contains(r#""RetentionDays": 30"#));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Archive {
    arn: Value<Arn>,
}

impl EventBus {
    /// Makes the bus.
    pub fn new(scope: &Scope, id: &str, props: EventBusProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props.name);
        let mut bus = cfn::events::EventBus::new().name(&props.name);
        if let Some(description) = props.description {
            bus = bus.description(description);
        }
        let handle = scope.add("Resource", bus);
        let reference = EventBusRef { name: handle.reference(), arn: handle.get(cfn::events::EventBus::ARN) };
        for (index, sender) in props.senders.into_iter().enumerate() {
            let sid = format!("Sender{}", index + 1);
            let put = Statement::allow(["events:PutEvents"]).on(&reference.arn).to(sender).sid(&sid);
            let policy = cfn::events::EventBusPolicy::new()
                .event_bus_name(&reference.name)
                .statement_id(&sid)
                .statement(put.into_value());
            scope.add(&sid, policy);
        }
        Self { reference }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl EventBusRef {
    /// A bus of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![":events:", Value::region(), ":", Value::account_id(), ":event-bus/"];
        Self { arn: text!["arn:", Value::partition(), place, &name].cast(), name }
    }

    /// A bus that exists already, by its ARN.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        Self { name: arn::after_slash(&arn), arn }
    }

    /// The bus that every account has, on which AWS's own events are.
    pub fn default_bus() -> Self {
        Self::from_name("default")
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// Lets somebody put events.
    pub fn grant_put(&self, grantee: &impl Grantee) {
        grantee.grant("PutEvents", vec![Statement::allow(["events:PutEvents"]).on(&self.arn)]);
    }
}

reference!(EventBus => EventBusRef);

impl From<&EventBus> for Value<String> {
    fn from(bus: &EventBus) -> Self {
        bus.name()
    }
}

impl From<&EventBusRef> for Value<String> {
    fn from(bus: &EventBusRef) -> Self {
        bus.name()
    }
}

impl Archive {
    /// Makes the archive.
    pub fn new(scope: &Scope, id: &str, props: ArchiveProps) -> Self {
        let scope = scope.construct(id);
        let mut archive = cfn::events::Archive::new().source_arn(props.bus.arn()).retention_days(props.retention_days);
        if let Some(pattern) = props.pattern {
            archive = archive.event_pattern(pattern);
        }
        if let Some(key) = props.encryption_key {
            archive = archive.kms_key_identifier(key.arn());
        }
        let handle = scope.add("Resource", archive);
        handle.removal_policy(props.removal);
        Self { arn: handle.get(cfn::events::Archive::ARN) }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }
}

fn check(scope: &Scope, name: &str) {
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.len() > 256 || name == "default" || !name.chars().all(legal) {
        scope.error(
            "events::bus-name",
            format!("`{name}` cannot be the name of a bus of one's own"),
            "use 1 to 256 ASCII letters, digits, `.`, `-` and `_`; `default` is that of the account",
        );
    }
}
