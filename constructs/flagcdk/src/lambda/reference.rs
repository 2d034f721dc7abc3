//! Functions as others know them.

use flagcdk_core::{Arn, Expr, IntoValue, Value, text};

use super::{Alias, Function, Version};
use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::iam::{Grantee, Statement};
use crate::reference::reference;

/// A function, or a version or an alias of one, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionRef {
    pub(super) arn: Value<Arn>,
    pub(super) name: Value<String>,
    /// The version or the alias that is meant, and the ARN with it.
    pub(super) qualified: Option<(Value<String>, Value<Arn>)>,
}

impl FunctionRef {
    /// A function of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![":lambda:", Value::region(), ":", Value::account_id(), ":function:"];
        Self { arn: text!["arn:", Value::partition(), place, &name].cast(), name, qualified: None }
    }

    /// A function that exists already, by its ARN without a version or an alias.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        Self { name: arn::part(&arn, 6), arn, qualified: None }
    }

    /// A version or an alias of the function that exists already.
    #[must_use]
    pub fn qualified(&self, qualifier: impl IntoValue<String>) -> Self {
        let qualifier = qualifier.into_value();
        let arn = text![&self.arn, ":", &qualifier].cast();
        Self { qualified: Some((qualifier, arn)), ..self.clone() }
    }

    /// The ARN, with the version or the alias if one is meant.
    pub fn arn(&self) -> Value<Arn> {
        self.qualified.as_ref().map_or(&self.arn, |(_, arn)| arn).clone()
    }

    /// The name of the function, whichever version or alias of it is meant.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The version or the alias that is meant, if one is.
    pub fn qualifier(&self) -> Option<Value<String>> {
        self.qualified.as_ref().map(|(qualifier, _)| qualifier.clone())
    }

    /// The version or the alias that is meant, in a way that makes CloudFormation make it before who names it.
    pub(super) fn referring_qualifier(&self) -> Option<Value<String>> {
        self.qualified.as_ref().map(|(qualifier, arn)| match arn.expr() {
            Expr::Reference { .. } => arn::part(arn, 7),
            _ => qualifier.clone(),
        })
    }

    /// The ARN of the function, whichever version or alias of it is meant.
    pub(super) fn unqualified_arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// How often the function was invoked.
    ///
    /// See [metrics of Lambda](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_invocations(&self) -> Metric {
        self.metric("Invocations")
    }

    /// How often the function failed.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_errors(&self) -> Metric {
        self.metric("Errors")
    }

    /// How often the function was not run for want of concurrency.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_throttles(&self) -> Metric {
        self.metric("Throttles")
    }

    /// For how many milliseconds the function ran: what 95 of a hundred calls stay below.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_duration(&self) -> Metric {
        self.metric("Duration").statistic(Statistic::P95)
    }

    /// How many of the function ran at once: the most in a minute.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_concurrency(&self) -> Metric {
        self.metric("ConcurrentExecutions").statistic(Statistic::Maximum)
    }

    /// How many milliseconds old the last record of a stream was when the function got it.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_iterator_age(&self) -> Metric {
        self.metric("IteratorAge").statistic(Statistic::Maximum)
    }

    /// The sum over a minute of another metric of Lambda.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        let metric = Metric::new("AWS/Lambda", name).dimension("FunctionName", &self.name);
        match &self.qualified {
            None => metric,
            Some((qualifier, _)) => metric.dimension("Resource", text![&self.name, ":", qualifier]),
        }
    }

    /// Lets somebody invoke the function: all of its versions, or the one that is meant.
    pub fn grant_invoke(&self, grantee: &impl Grantee) {
        let invoke = Statement::allow(["lambda:InvokeFunction"]).on(self.arn());
        let invoke = if self.qualified.is_none() { invoke.on(text![&self.arn, ":*"]) } else { invoke };
        grantee.grant("InvokeFunction", vec![invoke]);
    }

    /// Lets somebody call the function by its URL, with requests that they sign.
    ///
    /// See [access to function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
    pub fn grant_invoke_url(&self, grantee: &impl Grantee) {
        let url = Statement::allow(["lambda:InvokeFunctionUrl"]).on(self.arn());
        let url = url.when("StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM");
        let invoke = Statement::allow(["lambda:InvokeFunction"]).on(self.arn());
        let invoke = invoke.when("Bool", "lambda:InvokedViaFunctionUrl", "true");
        grantee.grant("InvokeFunctionUrl", vec![url, invoke]);
    }
}

reference!(Alias, Function, Version => FunctionRef);
