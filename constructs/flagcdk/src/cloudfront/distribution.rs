//! Distributions.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Placement, Region, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::{Behavior, CachePolicy, Origin};
use crate::certificatemanager::CertificateRef;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::iam::{Grantee, Statement};
use crate::reference::reference;

/// Headers that tell browsers to be careful, among them that the site is to be read over TLS alone.
///
/// See [managed response headers policies](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html).
const SECURITY_HEADERS: &str = "67f7725c-6f97-4210-82d7-5512b31e9d03";

/// How a [`Distribution`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct DistributionProps {
    /// Where contents come from.
    origin: Origin,
    /// How long contents are kept; by default as [`CachePolicy::OPTIMIZED`] says.
    #[builder(default = CachePolicy::OPTIMIZED)]
    cache: CachePolicy,
    /// What is served otherwise for paths of a pattern; by default nothing.
    #[builder(default, setter(into))]
    behaviors: Vec<Behavior>,
    /// Names of one's own; by default it is known by the name that CloudFront gives it. A record must lead each of them here,
    /// [`RecordValue::distribution`](crate::route53::RecordValue::distribution).
    #[builder(default, setter(into))]
    domains: Vec<String>,
    /// The certificate for these names, in `us-east-1`.
    #[builder(default, setter(into))]
    certificate: Option<CertificateRef>,
    /// What is served for `/`; by default `index.html`.
    #[builder(default = "index.html".into(), setter(into))]
    root_object: String,
    /// What is served for paths that lead to nothing; by default an error. It is so for all behaviors: the errors 403 and 404
    /// of an API are replaced too.
    #[builder(default)]
    single_page: SinglePage,
    /// From where contents are served; by default from everywhere.
    #[builder(default)]
    price_class: PriceClass,
    /// The ARN of a web ACL of WAF for CloudFront; by default there is none.
    #[builder(default, setter(into, strip_option))]
    web_acl: Option<Value<Arn>>,
    /// What the distribution is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    comment: Option<Value<String>>,
}

/// What is served for paths that lead to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SinglePage {
    /// An error.
    #[default]
    No,
    /// The root object, which looks at the path itself.
    Yes,
    /// A page such as `/404.html`, and that nothing was found.
    NotFoundPage(String),
}

/// From where contents are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceClass {
    /// From everywhere.
    #[default]
    All,
    /// Not from South America, Australia and New Zealand.
    MostRegions,
    /// From North America, Europe and Israel.
    Cheapest,
}

/// A distribution: contents of a bucket or a server, near to those who read them, over TLS 1.2 and newer alone.
///
/// It is global. Its names can be given once, so it belongs into a stack of the home region, which for a distribution with a
/// certificate of its own stack is `us-east-1`.
///
/// ```
/// use flagcdk::cloudfront::{Distribution, DistributionProps, Origin, SinglePage};
/// use flagcdk::s3::{Bucket, BucketProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::US_EAST_1);
/// let stack = app.stack("Site", Placement::Home);
/// let bucket = Bucket::new(&stack, "Pages", BucketProps::builder().build());
/// let props = DistributionProps::builder().origin(Origin::bucket(&bucket)).single_page(SinglePage::Yes).build();
/// let site = Distribution::new(&stack, "Site", props);
/// stack.output("Address", site.domain_name());
/// assert!(app.synth()?.template("Site").contains("redirect-to-https"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::CloudFront::Distribution](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudfront-distribution.html).
#[derive(Clone, Debug)]
pub struct Distribution {
    reference: DistributionRef,
    domain_name: Value<String>,
}

/// A distribution, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct DistributionRef {
    id: Value<String>,
}

impl Distribution {
    /// Makes the distribution.
    pub fn new(scope: &Scope, id: &str, props: DistributionProps) -> Self {
        use cfn::cloudfront::distribution as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let served: Vec<Origin> = [&props.origin]
            .into_iter()
            .chain(props.behaviors.iter().map(|behavior| &behavior.origin))
            .cloned()
            .collect();
        let mut origins = vec![props.origin.into_property(&scope, "Origin1")];
        let mut behaviors = Vec::new();
        for behavior in props.behaviors {
            let origin = format!("Origin{}", origins.len() + 1);
            origins.push(behavior.origin.into_property(&scope, &origin));
            let mut property = property::CacheBehavior::new()
                .path_pattern(&*behavior.pattern)
                .target_origin_id(origin)
                .viewer_protocol_policy("redirect-to-https")
                .cache_policy_id(behavior.cache.0)
                .response_headers_policy_id(SECURITY_HEADERS)
                .compress(true);
            if let Some(policy) = behavior.request {
                property = property.origin_request_policy_id(policy.0);
            }
            if behavior.all_methods {
                property = property.allowed_methods(["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]);
            }
            behaviors.push(property);
        }
        let default = property::DefaultCacheBehavior::new()
            .target_origin_id("Origin1")
            .viewer_protocol_policy("redirect-to-https")
            .cache_policy_id(props.cache.0)
            .response_headers_policy_id(SECURITY_HEADERS)
            .compress(true);
        let mut config = property::DistributionConfig::new()
            .enabled(true)
            .origins(origins)
            .default_cache_behavior(default)
            .http_version("http2and3")
            .ipv6_enabled(true)
            .price_class(props.price_class.as_str())
            .default_root_object(&props.root_object);
        if !behaviors.is_empty() {
            config = config.cache_behaviors(behaviors);
        }
        let errors = error_pages(&props.single_page, &props.root_object);
        if !errors.is_empty() {
            config = config.custom_error_responses(errors);
        }
        if let Some(certificate) = props.certificate {
            let viewer = property::ViewerCertificate::new()
                .acm_certificate_arn(certificate.arn())
                .minimum_protocol_version("TLSv1.2_2021")
                .ssl_support_method("sni-only");
            config = config.aliases(props.domains).viewer_certificate(viewer);
        }
        if let Some(acl) = props.web_acl {
            config = config.web_acl_id(acl);
        }
        if let Some(comment) = props.comment {
            config = config.comment(comment);
        }
        let handle = scope.add("Resource", cfn::cloudfront::Distribution::new().distribution_config(config));
        let reference = DistributionRef { id: handle.reference() };
        served.iter().for_each(|origin| origin.let_in(&scope, reference.arn()));
        Self { reference, domain_name: handle.get(cfn::cloudfront::Distribution::DOMAIN_NAME) }
    }

    /// The id.
    pub fn id(&self) -> Value<String> {
        self.reference.id()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The name that CloudFront gives it, `….cloudfront.net`.
    pub fn domain_name(&self) -> Value<String> {
        self.domain_name.clone()
    }
}

impl DistributionRef {
    /// A distribution of the same account that exists already.
    pub fn from_id(id: impl IntoValue<String>) -> Self {
        Self { id: id.into_value() }
    }

    /// The id.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        text!["arn:", Value::partition(), ":cloudfront::", Value::account_id(), ":distribution/", &self.id].cast()
    }

    /// Lets somebody make CloudFront forget contents, as is done when others were uploaded.
    pub fn grant_invalidate(&self, grantee: &impl Grantee) {
        let actions = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"];
        grantee.grant("InvalidateDistribution", vec![Statement::allow(actions).on(self.arn())]);
    }

    /// How many requests there were. Metrics of CloudFront are in `us-east-1`.
    ///
    /// See [metrics of CloudFront](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_requests(&self) -> Metric {
        self.metric("Requests")
    }

    /// Which part of the requests, in percent, was answered with a mistake of the server's.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_server_error_rate(&self) -> Metric {
        self.metric("5xxErrorRate").statistic(Statistic::Average)
    }

    /// The sum over a minute of another metric of CloudFront.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/CloudFront", name).dimension("DistributionId", &self.id).dimension("Region", "Global")
    }
}

reference!(Distribution => DistributionRef);

impl PriceClass {
    const fn as_str(self) -> &'static str {
        match self {
            Self::All => "PriceClass_All",
            Self::MostRegions => "PriceClass_200",
            Self::Cheapest => "PriceClass_100",
        }
    }
}

/// What is served for what the origin does not have. A bucket says of that 403: who may not list cannot be told that there is
/// nothing.
fn error_pages(single_page: &SinglePage, root: &str) -> Vec<cfn::cloudfront::distribution::CustomErrorResponse> {
    let (page, status) = match single_page {
        SinglePage::No => return Vec::new(),
        SinglePage::Yes => (format!("/{root}"), 200),
        SinglePage::NotFoundPage(page) => (page.clone(), 404),
    };
    let response = |code: i32| {
        cfn::cloudfront::distribution::CustomErrorResponse::new()
            .error_code(code)
            .response_code(status)
            .response_page_path(&page)
            .error_caching_min_ttl(60)
    };
    vec![response(403), response(404)]
}

fn check(scope: &Scope, props: &DistributionProps) {
    if props.domains.is_empty() != props.certificate.is_none() {
        scope.error(
            "cloudfront::certificate",
            "the distribution has names of its own without a certificate, or a certificate without names",
            "give both `domains` and `certificate`, or neither",
        );
    }
    let region = props.certificate.as_ref().and_then(CertificateRef::region);
    if let Some(region) = region.filter(|region| *region != Region::US_EAST_1) {
        scope.error(
            "cloudfront::certificate-region",
            format!("the certificate is in `{region}`, CloudFront takes those of `us-east-1`"),
            "make it in an app whose home region is `us-east-1`, and import it by `CertificateRef::from_arn`",
        );
    }
    if scope.stack().placement() == Placement::EveryRegion && scope.regions().len() > 1 {
        scope.error(
            "cloudfront::every-region",
            format!(
                "there would be a distribution in each of {} regions, each of which serves the world",
                scope.regions().len()
            ),
            "put it into a stack with `Placement::Home`",
        );
    }
    if let SinglePage::NotFoundPage(page) = &props.single_page
        && !page.starts_with('/')
    {
        scope.error("cloudfront::page", format!("`{page}` is no path"), format!("write `/{page}`"));
    }
}
