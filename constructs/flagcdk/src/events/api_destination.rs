//! Web servers that get events.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Scope, Value};
use typed_builder::TypedBuilder;

use crate::reference::reference;
use crate::secretsmanager::SecretRef;

/// How an [`ApiDestination`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ApiDestinationProps {
    /// Where events are sent: a URL with `https://`, in which `*` stands for what targets say.
    #[builder(setter(into))]
    url: Value<String>,
    /// The method; by default `POST`.
    #[builder(default = "POST")]
    method: &'static str,
    /// What the server knows the account by.
    credentials: Credentials,
    /// How many events are sent in a second at most, 1 to 300; by default 300.
    #[builder(default = 300)]
    rate: u16,
}

/// What a server knows the account by. It is in a secret, which CloudFormation reads when it deploys.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A header of its own.
    Header {
        /// The header's name, such as `x-api-key`.
        name: String,
        /// The secret.
        secret: SecretRef,
        /// The key in the secret's JSON that holds the header's value.
        json_key: String,
    },
    /// A user and a password.
    User {
        /// The user.
        user: String,
        /// The secret.
        secret: SecretRef,
        /// The key in the secret's JSON that holds the password.
        json_key: String,
    },
}

/// A web server that gets events, and what it knows the account by.
///
/// ```
/// use flagcdk::events::{
///     ApiDestination, ApiDestinationProps, Credentials, EventPattern, Rule, RuleProps, Target,
/// };
/// use flagcdk::secretsmanager::SecretRef;
/// use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Events", Placement::Home);
/// let secret = SecretRef::from_arn("arn:aws:secretsmanager:eu-west-1:111122223333:secret:partner-AbCdEf");
/// let credentials = Credentials::Header { name: "x-api-key".into(), secret, json_key: "key".into() };
/// let props = ApiDestinationProps::builder().url("https://partner.example.com/orders").credentials(credentials);
/// let partner = ApiDestination::new(&stack, "Partner", props.build());
/// let queue = Queue::new(&stack, "Undelivered", QueueProps::builder().dead_letters(DeadLetters::Nowhere).build());
/// let props = RuleProps::builder()
///     .pattern(EventPattern::from_source("shop"))
///     .targets([Target::api_destination("Partner", &partner)])
///     .dead_letter_queue(&queue)
///     .build();
/// Rule::new(&stack, "Orders", props);
/// assert!(app.synth()?.template("Events").contains("events:InvokeApiDestination"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [API destinations](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html).
#[derive(Clone, Debug)]
pub struct ApiDestination {
    reference: ApiDestinationRef,
}

/// A web server that gets events, as a target knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiDestinationRef {
    arn: Value<Arn>,
    pub(super) arn_for_policy: Value<String>,
}

impl ApiDestination {
    /// Makes the destination and its connection.
    pub fn new(scope: &Scope, id: &str, props: ApiDestinationProps) -> Self {
        use cfn::events::connection as property;

        let scope = scope.construct(id);
        if !(1..=300).contains(&props.rate) {
            scope.error(
                "events::rate",
                format!("{} events a second, wanted 1 to 300", props.rate),
                "choose a number in that range",
            );
        }
        let parameters = property::AuthParameters::new();
        let (kind, parameters) = match props.credentials {
            Credentials::Header { name, secret, json_key } => {
                let header = property::ApiKeyAuthParameters::new()
                    .api_key_name(name)
                    .api_key_value(Value::secret(secret.arn(), &json_key));
                ("API_KEY", parameters.api_key_auth_parameters(header))
            }
            Credentials::User { user, secret, json_key } => {
                let user = property::BasicAuthParameters::new()
                    .username(user)
                    .password(Value::secret(secret.arn(), &json_key));
                ("BASIC", parameters.basic_auth_parameters(user))
            }
        };
        let connection = cfn::events::Connection::new().authorization_type(kind).auth_parameters(parameters);
        let connection = scope.add("Connection", connection);
        let destination = cfn::events::ApiDestination::new()
            .connection_arn(connection.get(cfn::events::Connection::ARN))
            .invocation_endpoint(props.url)
            .http_method(props.method)
            .invocation_rate_limit_per_second(props.rate);
        let handle = scope.add("Resource", destination);
        Self {
            reference: ApiDestinationRef {
                arn: handle.get(cfn::events::ApiDestination::ARN),
                arn_for_policy: handle.get(cfn::events::ApiDestination::ARN_FOR_POLICY),
            },
        }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl ApiDestinationRef {
    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }
}

reference!(ApiDestination => ApiDestinationRef);
