"""LoRA fine-tuning of FLUX on thermal pictures; `run.finetune` is the walk, read it first."""
