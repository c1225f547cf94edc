"""Writes goldens.json: losses and gradients of the GRPO family in float64.

Where "by" is "trl", the number comes from calling GRPOTrainer._compute_loss or
RLOOTrainer._compute_loss of trl 1.16.0 itself on these tensors, with a stand-in
for the trainer that hands it the log-probabilities; "torch" marks what the library
has not, written out from its formula so that autograd gives the gradient.
Advantages are those that the same two trainers compute: the lines of their source
from the rewards to the advantages, run as they are. Log-probabilities of chosen
tokens come from trl.trainer.utils.selective_log_softmax_and_entropy.

    pip install trl==1.16.0 torch==2.15.0 && python goldens.py
"""

import inspect
import json
import textwrap
from collections import defaultdict
from types import SimpleNamespace

import torch
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.rloo_trainer import RLOOTrainer
from trl.trainer.utils import nanstd, selective_log_softmax_and_entropy

torch.manual_seed(20260101)
torch.set_default_dtype(torch.float64)

B, T = 6, 7
MAX_LENGTH = 9


def tensors():
    lengths = torch.tensor([7, 3, 5, 1, 6, 4])
    mask = (torch.arange(T)[None] < lengths[:, None]).double()
    mask[4, 2] = 0  # a hole, as a tool's answer leaves
    logp = -torch.rand(B, T) * 4
    old = logp + torch.randn(B, T) * 0.3
    ref = logp + torch.randn(B, T) * 0.5
    advantage = torch.tensor([1.3, -0.7, 0.4, -1.1, 0.0, 0.9])
    weight = torch.rand(B, T) * 0.9 + 0.1
    old[1, 0], old[3, 0], old[0, 1] = logp[1, 0] - 1.8, logp[3, 0] - 2.0, logp[0, 1] - 1.5
    return logp, old, ref, mask, advantage, weight


logp, old, ref, mask, advantage, weight = tensors()
entropies = (logp - ref).abs() + 0.3  # any positive numbers


def trl_loss(loss_type, low, high, beta=0.0, level="token", delta=None, weighted=False, bonus=0.0):
    x = logp.clone().requires_grad_(True)
    same = SimpleNamespace(
        gather=lambda t: t, gather_for_metrics=lambda t: t, reduce=lambda t, reduction: t, num_processes=1, sync_gradients=True
    )
    trainer = SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *a, **k: (x, entropies, None),
        _entropy_bonus_enabled=bonus != 0, entropy_coef=bonus, use_adaptive_entropy=False, _metrics={"train": defaultdict(list)}, accelerator=same,
        args=SimpleNamespace(delta=delta, use_bias_correction_kl=False, steps_per_generation=1),
        aux_loss_enabled=False, beta=beta, current_gradient_accumulation_steps=1,
        epsilon_low=low, epsilon_high=high, importance_sampling_level=level, loss_type=loss_type,
        max_completion_length=MAX_LENGTH, model=SimpleNamespace(training=True), off_policy_mask_threshold=None,
        top_entropy_quantile=1.0, use_vllm=weighted, vllm_importance_sampling_correction=weighted,
    )
    inputs = dict(
        prompt_ids=torch.zeros(B, 1, dtype=torch.long), prompt_mask=torch.ones(B, 1),
        completion_ids=torch.zeros(B, T, dtype=torch.long), completion_mask=mask, advantages=advantage,
        old_per_token_logps=old, ref_per_token_logps=ref, importance_sampling_ratio=weight, num_items_in_batch=mask.sum(),
    )
    loss = GRPOTrainer._compute_loss(trainer, None, inputs)
    loss.backward()
    metrics = trainer._metrics["train"]
    return loss.item(), x.grad.tolist(), (metrics["kl"] or [None])[0], (metrics["clip_ratio/region_mean"] or [None])[0]


def trl_rloo():
    """TRL's RLOO before the first update: its loss is another, its gradient that of -A log π."""
    x = logp.clone().requires_grad_(True)
    trainer = SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *a, **k: (x, entropies, None), _metrics={"train": defaultdict(list)},
        accelerator=SimpleNamespace(gather=lambda t: t, reduce=lambda t, reduction: t), aux_loss_enabled=False,
        epsilon_low=0.2, epsilon_high=0.2, model=SimpleNamespace(training=True),
    )
    inputs = dict(
        prompt_ids=torch.zeros(B, 1, dtype=torch.long), prompt_mask=torch.ones(B, 1),
        completion_ids=torch.zeros(B, T, dtype=torch.long), completion_mask=mask, advantages=advantage,
        old_logps=(logp * mask).sum(1),
    )
    RLOOTrainer._compute_loss(trainer, None, inputs).backward()
    return None, x.grad.tolist(), None, None


def trl_advantages(trainer, rewards, weights, group, **settings):
    """Runs the trainer's own lines from the rewards to the advantages."""
    source = inspect.getsource(trainer._generate_and_score_completions)
    start = source.index("        unscorable_mask = ")
    end = source.index("advantages = torch.nan_to_num(advantages, nan=0.0)")
    scope = dict(
        torch=torch, nanstd=nanstd, rewards_per_func=rewards, num_generations=group, device="cpu",
        self=SimpleNamespace(reward_weights=weights, reward_clip_range=None, beta=0.0, normalize_advantages=False, reward_funcs=[0, 1], **settings),
    )
    exec(textwrap.dedent(source[start:end]), scope)
    return scope["advantages"].tolist()


def written(formula):
    x = logp.clone().requires_grad_(True)
    loss = formula(x)
    loss.backward()
    return loss.item(), x.grad.tolist(), None, None


def k2(x):
    ratio, a = torch.exp(x - old), advantage[:, None]
    objective = torch.min(ratio * a, ratio.clamp(0.8, 1.2) * a) - 0.1 * (x - ref) ** 2 / 2
    return -((objective * mask).sum(1) / mask.sum(1)).mean()


def case(name, result, by, method, low=0.0, high=0.0, beta=0.0, kl="k3", dual=0.0, weighted=False, bonus=0.0):
    loss, grad, divergence, clip_share = result
    return dict(name=name, by=by, method=method, low=low, high=high, beta=beta, kl=kl, dual=dual, weighted=weighted, bonus=bonus,
                loss=loss, grad=grad, divergence=divergence, clip_share=clip_share)


cases = [
    case("grpo", trl_loss("grpo", 0.2, 0.2), "trl", "grpo", 0.2, 0.2),
    case("grpo with k3", trl_loss("grpo", 0.2, 0.2, beta=0.04), "trl", "grpo", 0.2, 0.2, beta=0.04),
    case("grpo with k2", written(k2), "torch", "grpo", 0.2, 0.2, beta=0.1, kl="k2"),
    case("grpo dual clip", trl_loss("grpo", 0.2, 0.2, delta=3.0), "trl", "grpo", 0.2, 0.2, dual=3.0),
    case("grpo weighted", trl_loss("grpo", 0.2, 0.28, beta=0.04, weighted=True), "trl", "grpo", 0.2, 0.28, beta=0.04, weighted=True),
    case("grpo with entropy", trl_loss("grpo", 0.2, 0.2, bonus=0.05), "trl", "grpo", 0.2, 0.2, bonus=0.05),
    case("dr-grpo", trl_loss("dr_grpo", 0.2, 0.2), "trl", "dr-grpo", 0.2, 0.2),
    case("dapo", trl_loss("dapo", 0.2, 0.28), "trl", "dapo", 0.2, 0.28),
    case("gspo", trl_loss("grpo", 0.05, 0.06, level="sequence"), "trl", "gspo", 0.05, 0.06),
    # TRL's bound is the greatest ratio itself, ours what it may exceed 1 by.
    case("cispo", trl_loss("cispo", 0.0, 1.2), "trl", "cispo", 1.0, 0.2),
    case("rloo before the first update", trl_rloo(), "trl", "rloo"),
    case("rloo", written(lambda x: -(x * advantage[:, None] * mask).sum() / B), "torch", "rloo"),
    case("reinforce++", written(lambda x: -(x * advantage[:, None] * mask).sum() / mask.sum()), "torch", "reinforce++"),
]

# Two groups of four completions, two terms of very different size.
rewards = torch.tensor([[0.2, 30.0], [0.9, 10.0], [0.4, 20.0], [0.4, 70.0], [0.1, 5.0], [0.1, 5.0], [0.3, 9.0], [0.8, 1.0]])
term_weights = torch.tensor([1.5, 0.02])
advantages = {
    "group": trl_advantages(GRPOTrainer, rewards, term_weights, 4, multi_objective_aggregation="sum_then_normalize", scale_rewards="group"),
    "batch": trl_advantages(GRPOTrainer, rewards, term_weights, 4, multi_objective_aggregation="sum_then_normalize", scale_rewards="batch"),
    "none": trl_advantages(GRPOTrainer, rewards, term_weights, 4, multi_objective_aggregation="sum_then_normalize", scale_rewards="none"),
    "gdpo": trl_advantages(GRPOTrainer, rewards, term_weights, 4, multi_objective_aggregation="normalize_then_sum", scale_rewards="group"),
    "rloo": trl_advantages(RLOOTrainer, rewards, term_weights, 4),
}


def clo(share, sharpness):
    """CLO from its formula: three pairs, rows in the order of objective.CLORows."""
    generator = torch.Generator().manual_seed(7)
    rows = 12
    lengths = torch.tensor([4, 6, 5, 2, 3, 3, 6, 1, 2, 5, 4, 6])
    m = (torch.arange(6)[None] < lengths[:, None]).double()
    x = (-torch.rand(rows, 6, generator=generator) * 4).requires_grad_(True)
    reference = x.detach() + torch.randn(rows, 6, generator=generator) * 0.8
    total_sft, total_contrast = 0.0, 0.0
    delta = lambda i: ((x[i] - reference[i]) * m[i]).sum()
    for pair in range(3):
        en_en, l_en, l_l, en_l = (4 * pair + i for i in range(4))
        total_sft = total_sft - (x[l_l] * m[l_l]).sum()
        total_contrast = total_contrast - torch.log(torch.sigmoid(sharpness * (delta(en_en) - delta(l_en))))
        total_contrast = total_contrast - torch.log(torch.sigmoid(sharpness * (delta(l_l) - delta(en_l))))
    tokens = sum(m[4 * pair + 2].sum() for pair in range(3))
    sft, contrast = total_sft / tokens, total_contrast / 3
    loss = share * sft + (1 - share) * contrast
    loss.backward()
    return dict(share=share, sharpness=sharpness, logp=x.tolist(), reference=reference.tolist(), mask=m.tolist(), tokens=tokens.item(),
                loss=loss.item(), sft=sft.item(), contrast=contrast.item(), grad=x.grad.tolist())


N, V = 11, 23
logits = torch.randn(N, V) * 3
targets = torch.randint(0, V, (N,))
upstream = torch.randn(N)
chosen = []
for temperature in (1.0, 0.8):
    z = logits.clone().requires_grad_(True)
    value, entropy = selective_log_softmax_and_entropy(z, targets, entropy_requires_grad=False, temperature=temperature)
    (value * upstream).sum().backward()
    chosen.append(dict(temperature=temperature, logp=value.tolist(), entropy=entropy.tolist(), grad=z.grad.tolist()))

def supervised(mask):
    """SFT as transformers computes it: cross-entropy that ignores what is not to be learnt."""
    z = logits.clone().requires_grad_(True)
    loss = torch.nn.functional.cross_entropy(z, targets.where(mask, torch.tensor(-100)), ignore_index=-100)
    loss.backward()
    return dict(mask=mask.double().tolist(), loss=loss.item(), grad=z.grad.tolist())


completion = torch.tensor([0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1], dtype=torch.bool)
nll = {"sft": supervised(completion), "cpt": supervised(torch.ones(N, dtype=torch.bool))}

with open("goldens.json", "w") as f:
    json.dump(
        dict(
            made_by="goldens.py with trl 1.16.0, torch 2.15.0, float64",
            max_length=MAX_LENGTH, logp=logp.tolist(), old=old.tolist(), ref=ref.tolist(), mask=mask.tolist(),
            advantage=advantage.tolist(), weight=weight.tolist(), entropy=entropies.tolist(), cases=cases,
            rewards=rewards.tolist(), term_weights=term_weights.tolist(), advantages=advantages,
            clo=[clo(0.5, 0.1), clo(0.2, 2.0), clo(1.0, 0.1)],
            logits=logits.tolist(), targets=targets.tolist(), upstream=upstream.tolist(), chosen=chosen, nll=nll,
        ),
        f, indent=0,
    )
    f.write("\n")
