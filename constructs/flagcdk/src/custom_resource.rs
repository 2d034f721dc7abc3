//! Resources that a function or a topic of one's own makes.

use std::marker::PhantomData;

use flagcdk_core::{Arn, Attribute, Expr, Handle, IntoValue, Properties, RawResource, RemovalPolicy, Scope, Value};
use typed_builder::TypedBuilder;

#[cfg(feature = "lambda")]
use crate::lambda::{Function, FunctionRef};
#[cfg(feature = "sns")]
use crate::sns::{Topic, TopicRef};

/// The longest that CloudFormation waits for a custom resource, in seconds, and what it waits unless told otherwise.
const MAX_TIMEOUT_SECONDS: u16 = 3600;

/// The most characters of a type's name behind `Custom::`: all of it has 60.
const MAX_NAME: usize = 52;

/// A kind of custom resource: what its provider is asked for, and by its attributes what the provider answers.
///
/// ```
/// use flagcdk::{Attribute, CustomType, Properties, Value};
///
/// /// Rows that a table starts with.
/// struct Seed {
///     table: Value<String>,
///     version: i64,
/// }
///
/// impl Seed {
///     /// How many rows there are.
///     const ROWS: Attribute<Seed, i64> = Attribute::new("Rows");
/// }
///
/// impl CustomType for Seed {
///     const NAME: &'static str = "Seed";
///
///     fn into_properties(self) -> Properties {
///         Properties::from([("Table", self.table.into()), ("Version", self.version.into())])
///     }
/// }
/// ```
pub trait CustomType {
    /// The name behind `Custom::`: 52 characters at most, letters, digits, `_`, `@` and `-`.
    const NAME: &'static str;

    /// What the provider gets as `ResourceProperties`. CloudFormation gives numbers and truth values as texts.
    fn into_properties(self) -> Properties;
}

/// Who makes custom resources: a function, or the subscribers of a topic, in the region of the stack.
///
/// CloudFormation calls it with the permissions of the stack's role, so that no grant is needed where that one may invoke the
/// function (`lambda:InvokeFunction`) or publish to the topic (`sns:Publish`).
///
/// ```
/// use flagcdk::{Provider, lambda::FunctionRef};
///
/// let by_name = Provider::from(&FunctionRef::from_name("seeder"));
/// let by_arn = Provider::from_arn("arn:aws:lambda:eu-west-1:111122223333:function:seeder");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Provider(Value<Arn>);

/// How a [`CustomResource`] is made.
///
/// ```
/// use flagcdk::{CustomResourceProps, RemovalPolicy, sns::TopicRef};
///
/// let people = TopicRef::from_arn("arn:aws:sns:eu-west-1:111122223333:people");
/// let props = CustomResourceProps::builder().provider(&people).removal_policy(RemovalPolicy::Retain).build();
/// ```
#[derive(Clone, Debug, TypedBuilder)]
pub struct CustomResourceProps {
    /// Who makes it; a function or topic by reference.
    #[builder(setter(into))]
    provider: Provider,
    /// How many seconds CloudFormation waits for an answer before it takes the resource for failed: 1 to 3600, and 3600 unless
    /// said. Without an answer a stack hangs that long.
    #[builder(default = MAX_TIMEOUT_SECONDS)]
    timeout_seconds: u16,
    /// What becomes of it when it leaves the template; unless said, the provider is asked to delete it.
    #[builder(default = RemovalPolicy::Destroy)]
    removal_policy: RemovalPolicy,
}

/// A resource that a function or a topic of one's own makes, changes and deletes.
///
/// ```
/// use flagcdk::lambda::FunctionRef;
/// use flagcdk::{App, Attribute, CustomResource, CustomResourceProps, CustomType, Placement, Properties, Region, Value};
///
/// struct Seed {
///     table: Value<String>,
/// }
///
/// impl Seed {
///     const ROWS: Attribute<Seed, i64> = Attribute::new("Rows");
/// }
///
/// impl CustomType for Seed {
///     const NAME: &'static str = "Seed";
///
///     fn into_properties(self) -> Properties {
///         Properties::from([("Table", self.table.into())])
///     }
/// }
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Data", Placement::Home);
/// let seeder = FunctionRef::from_name("seeder");
/// let props = CustomResourceProps::builder().provider(&seeder).timeout_seconds(300).build();
/// let seed = CustomResource::new(&stack, "Seed", props, Seed { table: "orders".into() });
/// let rows: Value<i64> = seed.get(Seed::ROWS);
/// stack.output("Rows", rows.cast::<String>());
/// assert!(app.synth()?.template("Data").contains("Custom::Seed"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [custom resources](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html).
#[derive(Clone, Debug)]
pub struct CustomResource<T> {
    handle: Handle<RawResource>,
    of: PhantomData<fn() -> T>,
}

impl<T: CustomType> CustomResource<T> {
    /// Makes the resource.
    pub fn new(scope: &Scope, id: &str, props: CustomResourceProps, properties: T) -> Self {
        let scope = scope.construct(id);
        check(&scope, T::NAME, props.timeout_seconds);
        let mut resource = RawResource::new(format!("Custom::{}", T::NAME));
        for (name, value) in properties.into_properties().iter() {
            if matches!(name, "ServiceToken" | "ServiceTimeout") {
                scope.error(
                    "custom-resource::property",
                    format!("`{name}` is no property of the resource's own"),
                    "CloudFormation uses it: say who makes the resource, and for how long, in the props",
                );
            }
            resource = resource.set(name.to_owned(), value.clone());
        }
        resource = resource.set("ServiceToken", Expr::from(props.provider.0));
        if props.timeout_seconds != MAX_TIMEOUT_SECONDS {
            resource = resource.set("ServiceTimeout", i64::from(props.timeout_seconds));
        }
        let handle = scope.add("Resource", resource);
        if props.removal_policy != RemovalPolicy::Destroy {
            handle.removal_policy(props.removal_policy);
        }
        Self { handle, of: PhantomData }
    }
}

impl<T> CustomResource<T> {
    /// What the provider answered under the attribute's name in `Data`.
    pub fn get<V>(&self, attribute: Attribute<T, V>) -> Value<V> {
        self.handle.raw_attribute(attribute.name())
    }

    /// The `PhysicalResourceId` that the provider answered.
    pub fn physical_id(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The resource itself, for dependencies and what CloudFormation says beside properties.
    pub fn handle(&self) -> &Handle<RawResource> {
        &self.handle
    }
}

fn check(scope: &Scope, name: &str, timeout_seconds: u16) {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '-');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(fits) {
        scope.error(
            "custom-resource::name",
            format!("`{name}` cannot be the name of a custom type"),
            format!("use 1 to {MAX_NAME} ASCII letters, digits, `_`, `@` and `-`; `Custom::` is added"),
        );
    }
    if !(1..=MAX_TIMEOUT_SECONDS).contains(&timeout_seconds) {
        scope.error(
            "custom-resource::timeout",
            format!("the timeout is {timeout_seconds} seconds"),
            format!("choose 1 to {MAX_TIMEOUT_SECONDS} seconds"),
        );
    }
}

impl Provider {
    /// A function or topic by its ARN.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        Self(arn.into_value())
    }
}

#[cfg(feature = "lambda")]
impl From<&FunctionRef> for Provider {
    fn from(function: &FunctionRef) -> Self {
        Self(function.arn())
    }
}

#[cfg(feature = "lambda")]
impl From<&Function> for Provider {
    fn from(function: &Function) -> Self {
        Self(function.arn())
    }
}

#[cfg(feature = "sns")]
impl From<&TopicRef> for Provider {
    fn from(topic: &TopicRef) -> Self {
        Self(topic.arn())
    }
}

#[cfg(feature = "sns")]
impl From<&Topic> for Provider {
    fn from(topic: &Topic) -> Self {
        Self(topic.arn())
    }
}
