//! Topics.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::Metric;
use crate::iam::{Admission, Grantee, Permissions, PolicyDocument, Principal, Role, RoleProps, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;
use crate::sqs::{Deduplication, Delivery};

/// How a [`Topic`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct TopicProps {
    /// The name; by default CloudFormation makes one.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
    /// Whether messages come in the order in which they were published; by default in about that order. A FIFO topic's name
    /// ends in `.fifo`, and FIFO queues alone listen to it in order.
    #[builder(default)]
    delivery: Delivery,
    /// The key that encrypts messages while SNS has them; by default none of the account's own does.
    ///
    /// A topic that ElastiCache notifies must have none: ElastiCache marks an encrypted topic as inactive.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// Services that may publish, such as `cloudwatch.amazonaws.com` for alarms; by default buckets that notify the topic, and
    /// no other. Roles of the account need [`TopicRef::grant_publish`] instead.
    #[builder(default, setter(into))]
    publishers: Vec<Principal>,
    /// The protocols whose failed deliveries SNS logs, such as `sqs`; by default `sqs` and `lambda`.
    #[builder(default = vec!["lambda", "sqs"], setter(into))]
    logged_failures: Vec<&'static str>,
}

/// A topic that takes messages over TLS alone, and logs what it could not deliver.
///
/// ```
/// use flagcdk::iam::Principal;
/// use flagcdk::sns::{Topic, TopicProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Alerts", Placement::Home);
/// let alarms = Principal::service("cloudwatch.amazonaws.com").for_own_account();
/// Topic::new(&stack, "Topic", TopicProps::builder().publishers([alarms]).build());
/// assert!(app.synth()?.template("Alerts").contains("aws:SecureTransport"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::SNS::Topic](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html).
#[derive(Clone, Debug)]
pub struct Topic {
    reference: TopicRef,
}

/// A topic, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicRef {
    arn: Value<Arn>,
    name: Value<String>,
    encryption_key: Option<KeyRef>,
    admission: Admission<cfn::sns::TopicPolicy>,
}

impl Topic {
    /// Makes the topic.
    pub fn new(scope: &Scope, id: &str, props: TopicProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let mut topic = cfn::sns::Topic::new();
        if let Delivery::Fifo(deduplication) = props.delivery {
            topic = topic
                .fifo_topic(true)
                .content_based_deduplication(deduplication == Deduplication::ByContent)
                .fifo_throughput_scope("MessageGroup");
        }
        match (props.name, props.delivery) {
            (Some(name), _) => topic = topic.topic_name(name),
            // CloudFormation makes up names without the ending that SNS wants.
            (None, Delivery::Fifo(_)) => topic = topic.topic_name(made_up_name(&scope)),
            (None, Delivery::Standard) => {}
        }
        if let Some(key) = &props.encryption_key {
            topic = topic.kms_master_key_id(key.arn());
        }
        if !props.logged_failures.is_empty() {
            let role = delivery_log_role(&scope);
            topic = topic.delivery_status_logging(
                props
                    .logged_failures
                    .into_iter()
                    .map(|protocol| {
                        cfn::sns::topic::LoggingConfig::new().protocol(protocol).failure_feedback_role_arn(role.arn())
                    })
                    .collect::<Vec<_>>(),
            );
        }
        let handle = scope.add("Resource", topic);
        let arn = handle.get(cfn::sns::Topic::TOPIC_ARN);
        let name = handle.get(cfn::sns::Topic::TOPIC_NAME);
        let document = policy(&arn, props.publishers);
        let policy = cfn::sns::TopicPolicy::new().policy_document(document.clone()).topics([&arn]);
        let admission = Admission::new(document.statements(), &scope.add("Policy", policy), &[arn.clone().into()]);
        Self { reference: TopicRef { arn, name, encryption_key: props.encryption_key, admission } }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }
}

impl TopicRef {
    /// A topic that exists already.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        Self { name: arn::part(&arn, 5), arn, encryption_key: None, admission: Admission::unknown() }
    }

    /// A topic of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![":sns:", Value::region(), ":", Value::account_id(), ":"];
        let arn = text!["arn:", Value::partition(), place, &name].cast();
        Self { arn, name, encryption_key: None, admission: Admission::unknown() }
    }

    /// Says which key encrypts the messages of an imported topic, so that grants are for the key too.
    #[must_use]
    pub fn encrypted_with(mut self, key: impl Into<KeyRef>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// How many messages were published.
    ///
    /// See [metrics of SNS](https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_published(&self) -> Metric {
        self.metric("NumberOfMessagesPublished")
    }

    /// How many deliveries failed for good.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_failed(&self) -> Metric {
        self.metric("NumberOfNotificationsFailed")
    }

    /// The sum over a minute of another metric of SNS.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/SNS", name).dimension("TopicName", &self.name)
    }

    pub(crate) fn admission(&self) -> &Admission<cfn::sns::TopicPolicy> {
        &self.admission
    }

    /// Lets somebody publish.
    pub fn grant_publish(&self, grantee: &impl Grantee) {
        let mut statements = vec![Statement::allow(["sns:Publish"]).on(&self.arn)];
        let key = self.encryption_key.as_ref();
        statements.extend(key.map(|key| key.statement_via("sns", ["kms:Decrypt", "kms:GenerateDataKey"])));
        grantee.grant("PublishToTopic", statements);
    }
}

reference!(Topic => TopicRef);

fn policy(topic: &Value<Arn>, publishers: Vec<Principal>) -> PolicyDocument {
    // SNS knows fewer actions in a topic's policy than in a role's: it refuses `sns:*`.
    let only_tls = Statement::deny(["sns:Publish"]).on(topic).to(Principal::anyone());
    let only_tls = only_tls.when("Bool", "aws:SecureTransport", "false").sid("OnlyTls");
    let publish = |principal| Statement::allow(["sns:Publish"]).on(topic).to(principal);
    [only_tls].into_iter().chain(publishers.into_iter().map(publish)).collect()
}

/// The role with which SNS writes to log groups that it names itself, `sns/<region>/<account>/<topic>/Failure`.
///
/// See [delivery status](https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html).
fn delivery_log_role(scope: &Scope) -> Role {
    let place = text![Value::region(), ":", Value::account_id(), ":log-group:sns/"];
    let write = Statement::allow([
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "logs:PutMetricFilter",
        "logs:PutRetentionPolicy",
    ])
    .on(text!["arn:", Value::partition(), ":logs:", place, "*"]);
    let permissions = Permissions::new();
    permissions.grant("WriteDeliveryLogs", vec![write]);
    let service = Principal::service("sns.amazonaws.com").for_own_account();
    Role::new(scope, "DeliveryLogRole", RoleProps::builder().assumed_by(service).permissions(permissions).build())
}

/// A name of a FIFO topic that differs from those of other stacks and constructs.
fn made_up_name(scope: &Scope) -> Value<String> {
    let place: String = scope.path().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    text![Value::stack_name(), format!("-{place}.fifo")]
}

fn check(scope: &Scope, props: &TopicProps) {
    let Some(name) = props.name.as_ref().and_then(Value::literal) else { return };
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let stem = match props.delivery {
        Delivery::Standard => Some(name),
        Delivery::Fifo(_) => name.strip_suffix(".fifo"),
    };
    if !stem.is_some_and(|stem| !stem.is_empty() && name.len() <= 256 && stem.chars().all(legal)) {
        scope.error(
            "sns::name",
            format!("`{name}` cannot be the name of a topic"),
            "use 1 to 256 ASCII letters, digits, `-` and `_`, and `.fifo` at the end for a FIFO topic alone",
        );
    }
}
